%family 6
:INPUT,FORWARD,OUTPUT
-p mh -m mh;-p mobility-header -m mh;OK
-p mobility-header -m mh --mh-type 1;=;OK
-p mh -m mh --mh-type binding-update:be;-p mobility-header -m mh --mh-type 5:7;OK
-p mh -m mh ! --mh-type 2:5;-p mobility-header -m mh ! --mh-type 2:5;OK
-p mh -m mh --mh-type home;-p mobility-header -m mh --mh-type 1;OK
-p mh -m mh --mh-type HOT;-p mobility-header -m mh --mh-type 3;OK
-p mh -m mh --mh-type :3;-p mobility-header -m mh --mh-type 0:3;OK
-p mh -m mh --mh-type 0:255;-p mobility-header -m mh;OK
-p mh -m mh --mh-type 5:2;;FAIL
-p mh -m mh --mh-type 256;;FAIL
-p mh -m mh --mh-type nonsense;;FAIL
-m mh --mh-type 1;;FAIL
