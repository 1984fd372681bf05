/**
 * Tests that need both charts, in this order on one cluster: an upgrade waits for all sessions of a proxy, and UDP
 * sessions outlast their traffic. Each part removes its objects from the proxies.
 */
import './charts/upgrade.ts'
import './charts/traffic.ts'
import './charts/commands.ts'
