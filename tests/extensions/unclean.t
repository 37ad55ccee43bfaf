:INPUT
-m unclean;;FAIL
