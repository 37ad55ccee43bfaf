#!/bin/bash
set -euo pipefail
declare -A FWD=( [2222]=10.0.0.5:22 [8080]=10.0.0.6:80 )
TCP=(22 80 443)
TCP+=(8443)
iptables -N SERVICES
for p in "${TCP[@]}"; do iptables -A SERVICES -p tcp --dport "$p" -j ACCEPT; done
echo "have ${#TCP[@]} ports, last ${TCP[-1]}, slice ${TCP[@]:1:2}"
for i in "${!TCP[@]}"; do [[ $i -eq 0 ]] && iptables -I SERVICES -p tcp --dport "${TCP[$i]}" -m limit --limit 5/min -j LOG; done
for k in $(printf '%s\n' "${!FWD[@]}" | sort -n); do
  iptables -t nat -A PREROUTING -p tcp --dport "$k" -j DNAT --to-destination "${FWD[$k]}"
done
iptables -A INPUT -j SERVICES
iptables -A INPUT -p tcp -m multiport --dports "$(IFS=,; echo "${TCP[*]}")" -j RETURN
