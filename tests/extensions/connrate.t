:INPUT
-m connrate;;FAIL
