:INPUT,FORWARD,OUTPUT
-p ah -m ah;=;OK
-p ah -m ah --ahspi 256;=;OK
-p ah -m ah ! --ahspi 0x100:512;-p ah -m ah ! --ahspi 256:512;OK
-p ah -m ah --ahspi :;-p ah -m ah;OK
-p ah -m ah --ahspi 9:5;=;OK
-p ah -m ah --ahlen 12;;FAIL
-p tcp -m ah --ahspi 5;;FAIL
-m ah --ahspi 5;;FAIL
%family 6
-m ah;=;OK
-m ah --ahspi 256 ! --ahlen 24 --ahres;=;OK
-m ah ! --ahspi 1:2 --ahlen 0;-m ah ! --ahspi 1:2;OK
-m ah ! --ahlen 0;=;OK
-m ah ! --ahres;;FAIL
-m ah --ahlen 4294967296;;FAIL
