:INPUT,OUTPUT
-m cgroup --cgroup 1;=;OK
-m cgroup ! --cgroup 4294967295;=;OK
-m cgroup --path "";=;OK
-m cgroup ! --path /;-m cgroup ! --path "/";OK
-m cgroup --cgroup 1 --path "";;FAIL
-m cgroup --cgroup 4294967296;;FAIL
-m cgroup;;FAIL
:FORWARD
-m cgroup --cgroup 1;;FAIL
*mangle
:POSTROUTING
-m cgroup --cgroup 1;=;OK
:PREROUTING
-m cgroup --cgroup 1;;FAIL
