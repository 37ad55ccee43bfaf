:FORWARD
-j CLASSIFY --set-class 1:2;-j CLASSIFY --set-class 0001:0002;OK
*mangle
-j CLASSIFY --set-class 1:2;-j CLASSIFY --set-class 0001:0002;OK
-j CLASSIFY --set-class 0x10:20;-j CLASSIFY --set-class 0010:0020;OK
-j CLASSIFY --set-class ffff:ffff;=;OK
-j CLASSIFY --set-class 10000:1;-j CLASSIFY --set-class 0000:0001;OK
-j CLASSIFY --set-class 1;;FAIL
-j CLASSIFY --set-class 1:;;FAIL
-j CLASSIFY --set-class :1;;FAIL
-j CLASSIFY --set-class g:1;;FAIL
-j CLASSIFY --set-class 1:1x;-j CLASSIFY --set-class 0001:0001;OK
-j CLASSIFY --set-class 1:10000;-j CLASSIFY --set-class 0001:0000;OK
-j CLASSIFY;;FAIL
-j CLASSIFY --set-class " 1:2";-j CLASSIFY --set-class 0001:0002;OK
-j CLASSIFY --set-class -1:2;-j CLASSIFY --set-class ffff:0002;OK
-j CLASSIFY --set-class "1: 2";-j CLASSIFY --set-class 0001:0002;OK
-j CLASSIFY --set-class "1 :2";;FAIL
-j CLASSIFY --set-class fffff:12345;-j CLASSIFY --set-class ffff:2345;OK
-j CLASSIFY --set-class 100000000:1;-j CLASSIFY --set-class 0000:0001;OK
-j CLASSIFY --set-class root;;FAIL
:INPUT
-j CLASSIFY --set-class 1:2;;FAIL
:OUTPUT
-j CLASSIFY --set-class 1:2;-j CLASSIFY --set-class 0001:0002;OK
:POSTROUTING
-j CLASSIFY --set-class 1:2;-j CLASSIFY --set-class 0001:0002;OK
:PREROUTING
-j CLASSIFY --set-class 1:2;;FAIL
*raw
:OUTPUT
-j CLASSIFY --set-class 1:2;-j CLASSIFY --set-class 0001:0002;OK
%family 6
*mangle
:POSTROUTING
-j CLASSIFY --set-class 1:2;-j CLASSIFY --set-class 0001:0002;OK
