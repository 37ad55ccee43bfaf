:INPUT
-m psd;;FAIL
