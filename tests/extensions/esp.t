:INPUT,FORWARD,OUTPUT
-p esp -m esp;=;OK
-p esp -m esp --espspi 256;=;OK
-p esp -m esp ! --espspi 0x100:512;-p esp -m esp ! --espspi 256:512;OK
-p esp -m esp --espspi 0:4294967295;-p esp -m esp;OK
-p esp -m esp ! --espspi :;-p esp -m esp;OK
-p esp -m esp --espspi 9:5;=;OK
-p esp -m esp --espspi 5:;-p esp -m esp --espspi 5:4294967295;OK
-p 50 -m esp --espspi :5;-p esp -m esp --espspi 0:5;OK
-p esp --espspi 7;-p esp -m esp --espspi 7;OK
-p esp -m esp --espspi 4294967296;;FAIL
-p esp -m esp --espspi 1:2:3;;FAIL
-p tcp -m esp --espspi 5;;FAIL
! -p esp -m esp --espspi 5;;FAIL
-m esp;;FAIL
%family 6
-p esp -m esp --espspi 256;=;OK
