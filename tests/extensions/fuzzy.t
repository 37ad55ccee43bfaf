:INPUT
-m fuzzy;;FAIL
