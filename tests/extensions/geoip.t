:INPUT
-m geoip;;FAIL
