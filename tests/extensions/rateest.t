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
:OUTPUT
@rule -A INPUT -j RATEEST --rateest-name e1 --rateest-interval 250ms --rateest-ewmalog 1s
-m rateest --rateest e1 --rateest-gt --rateest-bps 1kbit;-m rateest --rateest e1 --rateest-gt --rateest-bps 1000bit;OK
-m rateest --rateest e1 ! --rateest-lt --rateest-pps 5;=;OK
-m rateest --rateest-delta --rateest e1 --rateest-bps1 8kbit --rateest-lt --rateest-bps2 16kbit;-m rateest --rateest-delta --rateest e1 --rateest-bps1 8000bit --rateest-lt --rateest-bps2 16000bit;OK
