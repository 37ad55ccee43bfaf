:INPUT,FORWARD,OUTPUT
-m connlimit --connlimit-above 10;-m connlimit --connlimit-above 10 --connlimit-mask 32 --connlimit-saddr;OK
-m connlimit --connlimit-upto 0 --connlimit-mask 24 --connlimit-daddr;=;OK
-m connlimit ! --connlimit-above 10;-m connlimit --connlimit-upto 10 --connlimit-mask 32 --connlimit-saddr;OK
-m connlimit ! --connlimit-upto 4294967295 --connlimit-mask 255.255.0.0;-m connlimit --connlimit-above 4294967295 --connlimit-mask 16 --connlimit-saddr;OK
-m connlimit --connlimit-above 1 --connlimit-mask 0 --connlimit-saddr;=;OK
-m connlimit --connlimit-above 1 --connlimit-mask 255.0.255.0;-m connlimit --connlimit-above 1 --connlimit-mask 32 --connlimit-saddr;OK
-m connlimit --connlimit-above 1 --connlimit-upto 2;;FAIL
-m connlimit --connlimit-above 1 --connlimit-saddr --connlimit-daddr;;FAIL
-m connlimit --connlimit-above -1;;FAIL
-m connlimit --connlimit-above 1 --connlimit-mask x;;FAIL
-m connlimit --connlimit-mask 24;;FAIL
%family 6
-m connlimit --connlimit-above 10 --connlimit-mask 64;-m connlimit --connlimit-above 10 --connlimit-mask 64 --connlimit-saddr;OK
-m connlimit --connlimit-above 10 --connlimit-mask 129;;FAIL
