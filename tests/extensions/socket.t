:INPUT
-m socket;=;OK
-m socket --nowildcard --transparent;-m socket --transparent --nowildcard;OK
-m socket --restore-skmark --transparent;-m socket --transparent --restore-skmark;OK
-m socket ! --transparent;;FAIL
:FORWARD,OUTPUT
-m socket;;FAIL
*mangle
:PREROUTING
-m socket --transparent;=;OK
