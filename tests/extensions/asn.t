:INPUT
-m asn;;FAIL
