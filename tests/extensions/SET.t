@create s1 hash:ip
@create s6 hash:ip family inet6
@create sn hash:net,port
@create l1 list:set
@create bp bitmap:port range 0-1000
*mangle
:FORWARD
-j SET --add-set s1 src;=;OK
-j SET --add-set s1 src --exist;=;OK
-j SET --add-set s1 src --exist --timeout 5;=;OK
-j SET --add-set s1 src --timeout 4294967295;;FAIL
-j SET --add-set s1 src --timeout 4294967294;=;OK
-j SET --del-set s1 src,dst;=;OK
-j SET --del-set s1 src --exist;;FAIL
-j SET --del-set s1 src --timeout 3;;FAIL
-j SET --del-set s1 src --add-set sn src,dst;-j SET --add-set sn src,dst --del-set s1 src;OK
-j SET;;FAIL
-j SET --map-set s1 src --map-mark;=;OK
-j SET --map-set s1 src --map-prio;=;OK
-j SET --map-set s1 src --map-mark --map-prio --map-queue;=;OK
-j SET --map-set s1 src;;FAIL
-j SET --map-mark;;FAIL
-j SET --add-set s1 src --map-mark;;FAIL
-j SET --add-set s1 src,dst,src,dst,src,dst,src;;FAIL
-j SET ! --add-set s1 src;-j SET --add-set s1 src;OK
-j SET --add-set s1 src --add-set sn src;;FAIL
-j SET --add-set nosuch src;;FAIL
-j SET --add-set s6 src;;FAIL
-j SET --add-set s1 src --exist --exist;-j SET --add-set s1 src --exist;OK
-j SET --add-set s1 src ! --timeout 5;-j SET --add-set s1 src --timeout 5;OK
-j SET --add-set s1 src ! --exist;-j SET --add-set s1 src --exist;OK
-j SET --add-set s1 src --timeout 5 --timeout 6;-j SET --add-set s1 src --timeout 6;OK
-j SET --map-set s1 src ! --map-mark;-j SET --map-set s1 src --map-mark;OK
*filter
:OUTPUT
-j SET --map-set s1 src --map-mark;;FAIL
-j SET --map-set s1 src --map-prio;;FAIL
-j SET --map-set s1 src --map-queue;;FAIL
:INPUT
-j SET --map-set s1 src --map-mark;;FAIL
-j SET --map-set s1 src --map-prio;;FAIL
-j SET --map-set s1 src --map-queue;;FAIL
*mangle
:PREROUTING
-j SET --map-set s1 src --map-mark;=;OK
-j SET --map-set s1 src --map-prio;;FAIL
-j SET --map-set s1 src --map-queue;;FAIL
:POSTROUTING
-j SET --map-set s1 src --map-mark;=;OK
-j SET --map-set s1 src --map-prio;=;OK
-j SET --map-set s1 src --map-queue;=;OK
:OUTPUT
-j SET --map-set s1 src --map-mark;=;OK
-j SET --map-set s1 src --map-prio;=;OK
-j SET --map-set s1 src --map-queue;=;OK
