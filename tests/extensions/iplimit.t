:INPUT
-m iplimit;;FAIL
