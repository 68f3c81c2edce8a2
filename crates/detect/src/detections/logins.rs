//! What a login looks like in a flow, and one that failed: shared by the detections of brute force.

use crate::flow::{Flow, TCP};

/// Who is asked for a password at a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Login {
    /// A host: people and a few tools log in, seldom.
    Host,
    /// A database or a share: programs log in, some for every request.
    Service,
}

/// Who is asked for a password at that port. Hosts: FTP, SSH, telnet, RDP, VNC, `WinRM`. Services: SMB, SQL Server, Oracle, MySQL,
/// PostgreSQL, Redshift, Redis, Cassandra, MongoDB.
pub(super) fn login(flow: &Flow) -> Option<Login> {
    let login = match flow.server_port {
        21 | 22 | 23 | 2222 | 3389 | 5900 | 5985 | 5986 => Login::Host,
        445 | 1433 | 1521 | 3306 | 5432 | 5439 | 6379 | 9042 | 27017 => Login::Service,
        _ => return None,
    };
    (flow.protocol == TCP).then_some(login)
}

/// Seconds that a failed login lasts at most: servers hold back their answer for a few seconds, and hear some tries in one connection.
const ATTEMPT_SECONDS: i64 = 60;

/// Whether it may be a failed login: greetings, keys, a password and a refusal, so tens of packets and a few kilobytes within seconds, but
/// more than a handshake that says nothing, as health checks make it.
pub(super) fn is_attempt(flow: &Flow, login: Login) -> bool {
    let (packets, bytes) = match (login, flow.server_port) {
        // The handshakes of TLS and of the login are in it.
        (Login::Host, 3389) => (80, 20_000),
        (Login::Host, _) => (60, 10_000),
        (Login::Service, _) => (40, 6_000),
    };
    flow.is_established()
        && flow.duration() <= ATTEMPT_SECONDS
        && flow.packets_to_server.max(flow.packets_to_client) <= packets
        && flow.bytes_to_server.max(flow.bytes_to_client) <= bytes
        // Packets without content have up to 52 bytes, those that open a connection 60.
        && flow.bytes() > flow.packets().saturating_mul(58)
}

/// Whether somebody is surely logged in: it lasts, and something is said in it, or it is large.
pub(super) fn is_session(flow: &Flow) -> bool {
    let bytes = flow.bytes();
    flow.is_established()
        && (bytes >= 100_000 || (bytes >= 10_000 && flow.duration() > 2 * ATTEMPT_SECONDS))
}

/// Whether so many hours of attempts, of so many hours that were looked at, may be an attack. Programs log in to services day and night, some
/// with a connection for every request; so do tools to hosts, at times. Those of less than a day cannot be told from them.
pub(super) fn is_unusual(login: Login, is_inside: bool, active: u64, span: (i64, i64)) -> bool {
    let hours = span.1.saturating_sub(span.0).max(0) as u64 / 3600;
    match (login, is_inside, hours >= 23) {
        (Login::Service, true, false) => false,
        (Login::Service, _, true) => active * 4 <= hours,
        (Login::Host, true, true) => active * 2 <= hours,
        (Login::Service | Login::Host, _, _) => true,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::detections::testing::flow;

    /// A failed login over SSH.
    pub(in crate::detections) fn failed(client: &str, server: &str, port: u16) -> Flow {
        Flow {
            packets_to_server: 18,
            bytes_to_server: 2_900,
            packets_to_client: 16,
            bytes_to_client: 3_300,
            end: 1_700_000_004,
            ..flow(client, server, port)
        }
    }

    /// Half an hour of work at a prompt.
    pub(in crate::detections) fn session(client: &str, server: &str, port: u16) -> Flow {
        Flow {
            packets_to_server: 3_000,
            bytes_to_server: 200_000,
            packets_to_client: 3_000,
            bytes_to_client: 900_000,
            end: 1_700_001_800,
            ..flow(client, server, port)
        }
    }

    #[test]
    fn attempts_and_sessions_are_told_apart() {
        let failed = failed("192.0.2.7", "10.0.0.5", 22);
        let bare = Flow {
            packets_to_server: 5,
            bytes_to_server: 264,
            packets_to_client: 3,
            bytes_to_client: 164,
            ..failed
        };
        let idle = Flow {
            end: failed.start + 300,
            ..failed
        };
        let copy = Flow {
            packets_to_client: 3_000,
            bytes_to_client: 4_000_000,
            ..failed
        };
        let session = session("192.0.2.7", "10.0.0.5", 22);
        for (flow, attempt, logged_in) in [
            (failed, true, false),
            (bare, false, false),
            (idle, false, false),
            (copy, false, true),
            (session, false, true),
        ] {
            assert_eq!(is_attempt(&flow, Login::Host), attempt, "{flow:?}");
            assert_eq!(is_session(&flow), logged_in, "{flow:?}");
        }
    }

    #[test]
    fn only_ports_of_logins() {
        let at = |port| login(&flow("192.0.2.7", "10.0.0.5", port));
        assert_eq!(at(22), Some(Login::Host));
        assert_eq!(at(5432), Some(Login::Service));
        assert_eq!(at(443), None);
    }
}
