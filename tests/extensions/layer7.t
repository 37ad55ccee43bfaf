:INPUT
-m layer7;;FAIL
