:INPUT
-m quota2;;FAIL
