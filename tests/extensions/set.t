@create s1 hash:ip
@create s6 hash:ip family inet6
@create sn hash:net,port
@create l1 list:set
@create bp bitmap:port range 0-1000
*mangle
:FORWARD
-m set --match-set s1 src;=;OK
-m set --match-set s1 src,dst;=;OK
-m set --match-set s1 src,dst,src,dst,src,dst;=;OK
-m set --match-set s1 src,dst,src,dst,src,dst,src;;FAIL
-m set --match-set s1 srcx;-m set --match-set s1 src;OK
-m set --match-set s1 SRC;;FAIL
-m set --match-set s1 "";;FAIL
-m set --match-set s1;;FAIL
-m set --match-set nosuch src;;FAIL
-m set --match-set s6 src;;FAIL
-m set --match-set l1 src;=;OK
-m set --match-set bp dst;=;OK
-m set ! --match-set s1 src;=;OK
-m set --match-set s1 src --return-nomatch;=;OK
-m set --match-set s1 src ! --update-counters;=;OK
-m set --match-set s1 src --update-counters;-m set --match-set s1 src;OK
-m set --match-set s1 src ! --update-subcounters;=;OK
-m set --match-set s1 src --update-subcounters;-m set --match-set s1 src;OK
-m set --match-set s1 src --packets-eq 5;=;OK
-m set --match-set s1 src ! --packets-eq 5;=;OK
-m set --match-set s1 src --packets-lt 5;=;OK
-m set --match-set s1 src ! --packets-lt 5;;FAIL
-m set --match-set s1 src --packets-gt 5 --bytes-lt 0x10;-m set --match-set s1 src --packets-gt 5 --bytes-lt 16;OK
-m set --match-set s1 src ! --bytes-eq 5;=;OK
-m set --match-set s1 src --bytes-eq 5 --bytes-gt 6;;FAIL
-m set --match-set s1 src --packets-eq 5 --packets-eq 6;;FAIL
-m set --match-set s1 src --packets-eq 18446744073709551616;;FAIL
-m set --match-set s1 src --packets-eq 18446744073709551615;=;OK
-m set --match-set s1 src --packets-eq x;;FAIL
-m set --match-set s1 src ! --return-nomatch;;FAIL
-m set --match-set s1 src --match-set s1 dst;;FAIL
-m set --set s1 src;-m set --match-set s1 src;OK
-m set;;FAIL
-m set --packets-eq 5;;FAIL
-m set --match-set s1 src --packets-gt 5 ! --update-counters ! --update-subcounters --return-nomatch;-m set --match-set s1 src --return-nomatch ! --update-counters ! --update-subcounters --packets-gt 5;OK
-m set --match-set s1 src ! --packets-gt 5;;FAIL
-m set --match-set abcdefghijklmnopqrstuvwxyzabcdefg src;;FAIL
-m set --match-set s1 src --return-nomatch --return-nomatch;-m set --match-set s1 src --return-nomatch;OK
-m set --match-set s1 src ! --update-counters ! --update-counters;-m set --match-set s1 src ! --update-counters;OK
-m set --match-set s1 src ! --update-counters --update-counters;-m set --match-set s1 src ! --update-counters;OK
-m set --match-set s1 src --update-counters ! --update-counters;-m set --match-set s1 src ! --update-counters;OK
%family 6
*filter
:INPUT
-m set --match-set s6 src;=;OK
-m set --match-set s1 src;;FAIL
-m set --match-set l1 src,dst;=;OK
-m set --match-set bp dst;=;OK
