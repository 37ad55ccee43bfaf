:INPUT,FORWARD
-m devgroup --src-group 0x5;=;OK
-m devgroup ! --src-group default;=;OK
-m devgroup --src-group 0;-m devgroup --src-group default;OK
-m devgroup --src-group 1/0xff;-m devgroup --src-group 0x1/0xff;OK
-m devgroup --src-group 0/0xff;-m devgroup --src-group 0x0/0xff;OK
-m devgroup --src-group lan;;FAIL
-m devgroup --src-group 1/;;FAIL
-m devgroup;;FAIL
:FORWARD,OUTPUT
-m devgroup --dst-group 7;-m devgroup --dst-group 0x7;OK
:FORWARD
-m devgroup --dst-group 2 ! --src-group 3;-m devgroup ! --src-group 0x3 --dst-group 0x2;OK
:OUTPUT
-m devgroup --src-group 1;;FAIL
:INPUT
-m devgroup --dst-group 1;;FAIL
