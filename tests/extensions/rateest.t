# estimators are made by the RATEEST target: without one the kernel refuses what the tool accepts
:INPUT
-m rateest;;FAIL
-m rateest --rateest x;;FAIL
-m rateest --rateest x --rateest-lt;;FAIL
-m rateest --rateest x --rateest-bps 5;;FAIL
-m rateest --rateest x --rateest-lt --rateest-bps much;;FAIL
-m rateest --rateest x --rateest-lt --rateest-pps -1;;FAIL
-m rateest ! --rateest x --rateest-lt --rateest-pps 1;;FAIL
-m rateest --rateest x --rateest1 y --rateest-lt --rateest-pps 1;;FAIL
