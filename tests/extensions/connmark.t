-m connmark --mark 1;-m connmark --mark 0x1;OK
-m connmark ! --mark 0x1/0x3;=;OK
-m connmark;;FAIL
%family 6
-m connmark --mark 0x1/0xff;=;OK
