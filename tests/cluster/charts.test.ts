/**
 * What both charts are needed for, in this order on one cluster: an upgrade waits for all sessions of a proxy, and UDP sessions
 * outlast their traffic. Each part takes off the proxies what it put there.
 */
import './charts/upgrade.ts'
import './charts/traffic.ts'
import './charts/commands.ts'
