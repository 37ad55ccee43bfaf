:INPUT,FORWARD
-p tcp -m osf --genre Linux;=;OK
-p tcp -m osf ! --genre OpenBSD --ttl 2 --log 1;=;OK
-p tcp -m osf --genre Linux --ttl 3;;FAIL
-p tcp -m osf --genre Linux --log 3;;FAIL
-p udp -m osf --genre Linux;;FAIL
-m osf --genre Linux;;FAIL
-p tcp -m osf;;FAIL
:OUTPUT
-p tcp -m osf --genre Linux;;FAIL
%family 6
:INPUT
-p tcp -m osf --genre Linux;;FAIL
