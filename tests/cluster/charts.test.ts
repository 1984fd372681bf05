/** What both charts are needed for, in this order on one cluster. Each part takes off the proxies what it put there. */
import './charts/traffic.ts'
import './charts/upgrade.ts'
import './charts/commands.ts'
