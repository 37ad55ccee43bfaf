%family 6
:INPUT,FORWARD,OUTPUT
-m hbh;=;OK
-m hbh --hbh-opts 5:2 --hbh-len 8;-m hbh --hbh-len 8 --hbh-opts 5:2;OK
-m hbh ! --hbh-len 8;=;OK
-m hbh --hbh-opts 1:4,1,0;=;OK
-m hbh --hbh-opts 0:1;;FAIL
-m hbh --hbh-opts "";;FAIL
-m hbh ! --hbh-opts 1;;FAIL
