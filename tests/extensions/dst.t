%family 6
:INPUT,FORWARD,OUTPUT
-m dst;=;OK
-m dst --dst-len 8;=;OK
-m dst ! --dst-len 0x10 --dst-opts 149:92,123:12;-m dst ! --dst-len 16 --dst-opts 149:92,123:12;OK
-m dst --dst-opts 1,0,5:2,300;-m dst --dst-opts 1,0,5:2,44;OK
-m dst --dst-opts 1:255;-m dst --dst-opts 1;OK
-m dst --dst-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16;=;OK
-m dst --dst-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17;;FAIL
-m dst --dst-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16:1;;FAIL
-m dst --dst-opts 0:1;;FAIL
-m dst --dst-opts x;;FAIL
-m dst --dst-opts 1:;;FAIL
-m dst ! --dst-opts 1;;FAIL
-m dst --dst-len -1;;FAIL
