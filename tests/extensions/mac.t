-m mac --mac-source 00:11:22:aA:Bb:cc;-m mac --mac-source 00:11:22:aa:bb:cc;OK
-m mac --mac-source 0:1:2:3:4:5;-m mac --mac-source 00:01:02:03:04:05;OK
-m mac --mac-source 00:11:22:aA:Bb;;FAIL
-m mac --mac-source 00-11-22-33-44-55;;FAIL
-m mac ! --mac-source 00:11:22:33:44:55;=;OK
-m mac --mac-source :::::;-m mac --mac-source 00:00:00:00:00:00;OK
-m mac --mac-source " 1:2:3:4:5:6";-m mac --mac-source 01:02:03:04:05:06;OK
-m mac --mac-source +1:2:3:4:5:6;-m mac --mac-source 01:02:03:04:05:06;OK
-m mac;;FAIL
-m mac --mac-source 00:11:22:33:44:55;=;OK
%family 6
-m mac --mac-source 00:11:22:33:44:55;=;OK
%family 4
:FORWARD
-m mac --mac-source 00:11:22:33:44:55;=;OK
*mangle
:POSTROUTING
-m mac --mac-source 00:11:22:33:44:55;;FAIL
*raw
:OUTPUT
-m mac --mac-source 00:11:22:33:44:55;;FAIL
:PREROUTING
-m mac --mac-source 00:11:22:33:44:55;=;OK
