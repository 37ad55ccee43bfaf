:INPUT,FORWARD,OUTPUT
-p ipcomp -m ipcomp;-p ipcomp -m ipcomp --ipcompspi 0;OK
-p ipcomp -m ipcomp --ipcompspi 18;=;OK
-p ipcomp -m ipcomp ! --ipcompspi 0x12:20 --compres;-p ipcomp -m ipcomp ! --ipcompspi 18:20 --compres;OK
-p ipcomp -m ipcomp --compres;-p ipcomp -m ipcomp --ipcompspi 0 --compres;OK
-p 108 -m ipcomp --ipcompspi 5:;-p ipcomp -m ipcomp --ipcompspi 5:4294967295;OK
-p ipcomp -m ipcomp --ipcompspi :;-p ipcomp -m ipcomp;OK
-p ipcomp -m ipcomp ! --compres;;FAIL
-p tcp -m ipcomp --ipcompspi 5;;FAIL
-m ipcomp --ipcompspi 5;;FAIL
