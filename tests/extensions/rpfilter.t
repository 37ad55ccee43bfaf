-m rpfilter;;FAIL
*raw
:PREROUTING
-m rpfilter;=;OK
-m rpfilter --loose --invert;=;OK
-m rpfilter --invert --accept-local --validmark --loose;-m rpfilter --loose --validmark --accept-local --invert;OK
-m rpfilter ! --loose;;FAIL
-m rpfilter --loose --loose;;FAIL
*mangle
-m rpfilter;=;OK
-m rpfilter --loose --invert;=;OK
-m rpfilter --invert --accept-local --validmark --loose;-m rpfilter --loose --validmark --accept-local --invert;OK
-m rpfilter ! --loose;;FAIL
-m rpfilter --loose --loose;;FAIL
*nat
-m rpfilter;;FAIL
-m rpfilter --loose --invert;;FAIL
-m rpfilter --invert --accept-local --validmark --loose;;FAIL
-m rpfilter ! --loose;;FAIL
-m rpfilter --loose --loose;;FAIL
*raw
:OUTPUT
-m rpfilter;;FAIL
-m rpfilter --loose --invert;;FAIL
-m rpfilter --invert --accept-local --validmark --loose;;FAIL
-m rpfilter ! --loose;;FAIL
-m rpfilter --loose --loose;;FAIL
*mangle
:INPUT
-m rpfilter;;FAIL
-m rpfilter --loose --invert;;FAIL
-m rpfilter --invert --accept-local --validmark --loose;;FAIL
-m rpfilter ! --loose;;FAIL
-m rpfilter --loose --loose;;FAIL
%family 6
*raw
:PREROUTING
-m rpfilter;=;OK
-m rpfilter --loose --invert;=;OK
-m rpfilter --invert --accept-local --validmark --loose;-m rpfilter --loose --validmark --accept-local --invert;OK
-m rpfilter ! --loose;;FAIL
-m rpfilter --loose --loose;;FAIL
:OUTPUT
-m rpfilter;;FAIL
-m rpfilter --loose --invert;;FAIL
-m rpfilter --invert --accept-local --validmark --loose;;FAIL
-m rpfilter ! --loose;;FAIL
-m rpfilter --loose --loose;;FAIL
