:FORWARD
-j CONNMARK;;FAIL
-j CONNMARK --set-mark 1;-j CONNMARK --set-xmark 0x1/0xffffffff;OK
-j CONNMARK --set-mark 0x1/0xff;-j CONNMARK --set-xmark 0x1/0xff;OK
-j CONNMARK --set-mark 0x1ff/0xff;-j CONNMARK --set-xmark 0x1ff/0x1ff;OK
-j CONNMARK --set-xmark 1;-j CONNMARK --set-xmark 0x1/0xffffffff;OK
-j CONNMARK --set-xmark 0x1/0xff;=;OK
-j CONNMARK --and-mark 0xff;-j CONNMARK --set-xmark 0x0/0xffffff00;OK
-j CONNMARK --or-mark 0xff;-j CONNMARK --set-xmark 0xff/0xff;OK
-j CONNMARK --xor-mark 0xff;-j CONNMARK --set-xmark 0xff/0x0;OK
-j CONNMARK --save-mark;-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff;OK
-j CONNMARK --restore-mark;-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff;OK
-j CONNMARK --save-mark --mask 0xff;-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff;OK
-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xffff;=;OK
-j CONNMARK --save-mark --nfmask 0xff;-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xffffffff;OK
-j CONNMARK --save-mark --ctmask 0xff;-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xff;OK
-j CONNMARK --restore-mark --mask 0xff;-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff;OK
-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xffff;=;OK
-j CONNMARK --restore-mark --mask 0xff --nfmask 1;;FAIL
-j CONNMARK --save-mark --restore-mark;;FAIL
-j CONNMARK --set-mark 1 --save-mark;;FAIL
-j CONNMARK --mask 0xff;;FAIL
-j CONNMARK --nfmask 0xff;;FAIL
-j CONNMARK --set-mark 1 --mask 0xff;-j CONNMARK --set-xmark 0x1/0xff;OK
-j CONNMARK --set-mark 1 --nfmask 0xff;-j CONNMARK --set-xmark 0x1/0xffffffff;OK
-j CONNMARK --set-mark 1 --ctmask 0xff;-j CONNMARK --set-xmark 0x1/0xff;OK
-j CONNMARK --set-mark 1 --left-shift-mark 2;-j CONNMARK --set-xmark 0x1/0xffffffff --left-shift-mark 2;OK
-j CONNMARK --set-xmark 1 --left-shift-mark 2;-j CONNMARK --set-xmark 0x1/0xffffffff --left-shift-mark 2;OK
-j CONNMARK --set-xmark 1/0xff --right-shift-mark 2;-j CONNMARK --set-xmark 0x1/0xff --right-shift-mark 2;OK
-j CONNMARK --save-mark --left-shift-mark 2;-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff --left-shift-mark 2;OK
-j CONNMARK --save-mark --right-shift-mark 2;-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff --right-shift-mark 2;OK
-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xffff --right-shift-mark 2;=;OK
-j CONNMARK --restore-mark --left-shift-mark 2;-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff --left-shift-mark 2;OK
-j CONNMARK --restore-mark --mask 0xf0 --right-shift-mark 4;-j CONNMARK --restore-mark --nfmask 0xf0 --ctmask 0xf0 --right-shift-mark 4;OK
-j CONNMARK --restore-mark --left-shift-mark 32;;FAIL
-j CONNMARK --restore-mark --left-shift-mark 31;-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff --left-shift-mark 31;OK
-j CONNMARK --restore-mark --left-shift-mark 0;-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff;OK
-j CONNMARK --left-shift-mark 1;;FAIL
-j CONNMARK --and-mark 1 --left-shift-mark 3;-j CONNMARK --set-xmark 0x0/0xfffffffe --left-shift-mark 3;OK
-j CONNMARK --or-mark 1 --left-shift-mark 3;-j CONNMARK --set-xmark 0x1/0x1 --left-shift-mark 3;OK
-j CONNMARK --restore-mark --left-shift-mark 1 --right-shift-mark 2;-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff --right-shift-mark 2;OK
-j CONNMARK --save-mark --mask 1/2;;FAIL
-j CONNMARK --save-mark --mask foo;;FAIL
-j CONNMARK --restore-mark --left-shift-mark 255;;FAIL
-j CONNMARK --restore-mark --left-shift-mark 256;;FAIL
-j CONNMARK --restore-mark --right-shift-mark 33;;FAIL
-j CONNMARK --restore-mark --right-shift-mark 4294967295;;FAIL
-j CONNMARK --restore-mark --left-shift-mark 1 --left-shift-mark 2;;FAIL
-j CONNMARK --mask 0xff --set-mark 1;-j CONNMARK --set-xmark 0x1/0xffffffff;OK
-j CONNMARK --save-mark --ctmask 1 --nfmask 2 --mask 3;;FAIL
*nat
:PREROUTING
-j CONNMARK --save-mark;-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff;OK
*raw
-j CONNMARK --set-mark 1;-j CONNMARK --set-xmark 0x1/0xffffffff;OK
%family 6
*filter
:FORWARD
-j CONNMARK --save-mark --mask 3;-j CONNMARK --save-mark --nfmask 0x3 --ctmask 0x3;OK
