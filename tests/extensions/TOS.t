:FORWARD
-j TOS --set-tos 0x10;;FAIL
*mangle
-j TOS --set-tos 0x10;-j TOS --set-tos 0x10/0xff;OK
-j TOS --set-tos 0x10/0xff;=;OK
-j TOS --set-tos 0x10/0x3f;=;OK
-j TOS --set-tos 16;-j TOS --set-tos 0x10/0xff;OK
-j TOS --set-tos 255;-j TOS --set-tos 0xff/0xff;OK
-j TOS --set-tos 256;;FAIL
-j TOS --set-tos 1/256;;FAIL
-j TOS --set-tos Minimize-Delay;-j TOS --set-tos 0x10/0x3f;OK
-j TOS --set-tos minimize-delay;-j TOS --set-tos 0x10/0x3f;OK
-j TOS --set-tos Maximize-Throughput;-j TOS --set-tos 0x08/0x3f;OK
-j TOS --set-tos Maximize-Reliability;-j TOS --set-tos 0x04/0x3f;OK
-j TOS --set-tos Minimize-Cost;-j TOS --set-tos 0x02/0x3f;OK
-j TOS --set-tos Normal-Service;-j TOS --set-tos 0x00/0x3f;OK
-j TOS --set-tos Min;;FAIL
-j TOS --set-tos Minimize-Delay/0xff;;FAIL
-j TOS --set-tos foo;;FAIL
-j TOS --and-tos 0xf0;-j TOS --set-tos 0x00/0x0f;OK
-j TOS --or-tos 0x0f;-j TOS --set-tos 0x0f/0x0f;OK
-j TOS --xor-tos 0x0f;-j TOS --set-tos 0x0f/0x00;OK
-j TOS --and-tos 256;;FAIL
-j TOS --and-tos 1 --or-tos 1;;FAIL
-j TOS;;FAIL
-j TOS --set-tos 0;-j TOS --set-tos 0x00/0xff;OK
-j TOS --set-tos 0x1f/0x0f;=;OK
%family 6
-j TOS --set-tos 0x10/0xff;=;OK
-j TOS --set-tos Minimize-Delay;-j TOS --set-tos 0x10/0x3f;OK
