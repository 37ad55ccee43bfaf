:INPUT,FORWARD,OUTPUT
-m helper --helper ftp;=;OK
-m helper ! --helper "ftp 2121";=;OK
-m helper --helper "";=;OK
-m helper --helper abcdefghijklmnopqrstuvwxyz0123456789;-m helper --helper abcdefghijklmnopqrstuvwxyz012;OK
-m helper --helper no.such;-m helper --helper "no.such";OK
-m helper;;FAIL
