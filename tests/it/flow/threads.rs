//! One session, many threads.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use face_precheck::stand_in::StandIn;

use super::{SELFIES, login, options, register, uuids};

const FLOWS: usize = 64;

/// A refresh token is good for one use here, so that two renewals at once would end the session.
#[test]
fn many_flows_share_a_session_and_one_renews_for_all() {
    let service = StandIn::start(options().with_single_use_refresh(true)).unwrap();
    let session = login(&service);
    let together = Barrier::new(FLOWS + 1);
    thread::scope(|scope| {
        let flows: Vec<_> = (0..FLOWS)
            .map(|flow| {
                let (session, together) = (&session, &together);
                scope.spawn(move || {
                    let upload = &SELFIES[flow % SELFIES.len()];
                    together.wait();
                    let first = register(session, upload);
                    together.wait();
                    // All tokens have expired here.
                    together.wait();
                    [first, register(session, upload)].map(|face| face.uuid)
                })
            })
            .collect();
        together.wait();
        together.wait();
        service.expire_tokens();
        together.wait();
        let mut told: Vec<String> = flows.into_iter().flat_map(|flow| flow.join().unwrap()).collect();
        let mut stored = uuids(&service);
        told.sort();
        stored.sort();
        assert_eq!((told.len(), told), (2 * FLOWS, stored));
    });
    let counts = service.counts();
    assert_eq!((counts.logins, counts.refreshes, counts.refreshes_refused), (1, 1, 0), "{counts:?}");
    assert_eq!(counts.concurrent_refreshes, 1);
}

/// Tokens that live for three seconds, all the while.
#[test]
fn renewals_in_time_are_one_at_a_time_too() {
    let service = StandIn::start(options().with_single_use_refresh(true).with_access_lifetime(Duration::from_secs(3))).unwrap();
    let session = login(&service);
    thread::scope(|scope| {
        for flow in 0..16 {
            let session = &session;
            scope.spawn(move || {
                for _ in 0..16 {
                    register(session, &SELFIES[flow % SELFIES.len()]);
                    thread::sleep(Duration::from_millis(400));
                }
            });
        }
    });
    let counts = service.counts();
    assert!(counts.refreshes >= 2 && counts.refreshes_refused == 0, "{counts:?}");
    assert_eq!(counts.concurrent_refreshes, 1, "{counts:?}");
    assert_eq!(uuids(&service).len(), 16 * 16);
}
