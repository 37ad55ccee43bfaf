-m state --state NEW;=;OK
-m state --state new,EST;-m state --state NEW,ESTABLISHED;OK
-m state ! --state NEW,RELATED;=;OK
-m state --state SNAT;;FAIL
-m state;;FAIL
-m state --state NEW,;;FAIL
-m state --ctstate NEW;;FAIL
%family 6
-m state --state NEW;=;OK
