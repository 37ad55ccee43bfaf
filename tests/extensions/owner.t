:OUTPUT
-m owner --uid-owner root;-m owner --uid-owner 0;OK
-m owner --uid-owner 0-100;=;OK
-m owner --uid-owner 0:100;-m owner --uid-owner 0-100;OK
-m owner --uid-owner 5-3;;FAIL
-m owner --uid-owner 5-;;FAIL
-m owner --uid-owner -5;;FAIL
-m owner --uid-owner nosuchuser;;FAIL
-m owner --uid-owner 4294967294;=;OK
-m owner --uid-owner 4294967295;;FAIL
-m owner --uid-owner 010;-m owner --uid-owner 8;OK
-m owner ! --uid-owner www-data;-m owner ! --uid-owner 33;OK
-m owner --gid-owner adm;-m owner --gid-owner 4;OK
-m owner --gid-owner 5-9;=;OK
-m owner ! --gid-owner 5 --suppl-groups;=;OK
-m owner --suppl-groups --gid-owner 5;;FAIL
-m owner --suppl-groups;;FAIL
-m owner --socket-exists;=;OK
-m owner ! --socket-exists;=;OK
-m owner ! --suppl-groups --gid-owner 5;;FAIL
-m owner --uid-owner 1 --gid-owner 2 --socket-exists;-m owner --socket-exists --uid-owner 1 --gid-owner 2;OK
-m owner --gid-owner 2 --uid-owner 1 --suppl-groups ! --socket-exists;-m owner ! --socket-exists --uid-owner 1 --gid-owner 2 --suppl-groups;OK
-m owner;;FAIL
-m owner --cmd-owner sshd;;FAIL
-m owner --pid-owner 5;;FAIL
-m owner --sid-owner 5;;FAIL
-m owner --uid-owner 1 --uid-owner 2;;FAIL
%family 6
-m owner --uid-owner 5;=;OK
-m owner --uid-owner 6-1;;FAIL
%family 4
:INPUT
-m owner --uid-owner 1;;FAIL
:FORWARD
-m owner --uid-owner 1;;FAIL
*mangle
:POSTROUTING
-m owner --uid-owner 1;=;OK
*raw
:OUTPUT
-m owner --uid-owner 1;=;OK
:PREROUTING
-m owner --uid-owner 1;;FAIL
