:FORWARD
-j MARK;;FAIL
-j MARK --set-mark 1;-j MARK --set-xmark 0x1/0xffffffff;OK
-j MARK --set-mark 0x1/0xff;-j MARK --set-xmark 0x1/0xff;OK
-j MARK --set-mark 0x1ff/0xff;-j MARK --set-xmark 0x1ff/0x1ff;OK
-j MARK --set-xmark 1;-j MARK --set-xmark 0x1/0xffffffff;OK
-j MARK --set-xmark 0x1/0xff;=;OK
-j MARK --set-xmark 0x1ff/0xff;=;OK
-j MARK --and-mark 0xff;-j MARK --set-xmark 0x0/0xffffff00;OK
-j MARK --or-mark 0xff;-j MARK --set-xmark 0xff/0xff;OK
-j MARK --xor-mark 0xff;-j MARK --set-xmark 0xff/0x0;OK
-j MARK --and-mark 1/2;;FAIL
-j MARK --set-mark 1 --and-mark 2;;FAIL
-j MARK --set-mark 4294967295;-j MARK --set-xmark 0xffffffff/0xffffffff;OK
-j MARK --set-mark 4294967296;;FAIL
-j MARK --set-mark -1;;FAIL
-j MARK --set-mark 010;-j MARK --set-xmark 0x8/0xffffffff;OK
-j MARK --set-mark 1/;;FAIL
-j MARK --set-mark /1;;FAIL
-j MARK --set-mark foo;;FAIL
-j MARK --set-mark 0/0;-j MARK --set-xmark 0x0/0x0;OK
-j MARK --set-mark 1 --set-mark 2;;FAIL
*nat
:PREROUTING
-j MARK --set-mark 1;-j MARK --set-xmark 0x1/0xffffffff;OK
*raw
-j MARK --set-mark 1;-j MARK --set-xmark 0x1/0xffffffff;OK
%family 6
*filter
:FORWARD
-j MARK --set-mark 1/3;-j MARK --set-xmark 0x1/0x3;OK
