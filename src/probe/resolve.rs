//! Names to addresses, as this host's applications see them.
//!
//! `getaddrinfo` blocks, and with a dead name server for tens of seconds. So it runs in a few threads of its own,
//! never in the runtime's blocking pool, and a name has at most one look-up under way: a name server that hangs
//! costs a thread a name, and checks of other names, or of none, go on.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::fault::{Fault, plain};
use crate::config::Family;
use crate::sample::Stage;

/// Threads that may hang in `getaddrinfo` at once; started as needed.
const THREADS: usize = 8;

type LookUp = dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync;
type Answer = Result<Vec<SocketAddr>, Fault>;

/// A bounded pool of look-ups; its threads end when it is dropped and they are idle.
pub(super) struct Resolver {
    pool: Arc<Pool>,
}

struct Pool {
    look_up: Box<LookUp>,
    desk: Mutex<Desk>,
    work: Condvar,
}

#[derive(Default)]
struct Desk {
    /// Names nobody has begun with.
    queue: VecDeque<String>,
    /// Who waits for which name, begun or not.
    waiting: HashMap<String, Vec<oneshot::Sender<Answer>>>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl Resolver {
    /// The system's name service.
    pub(super) fn system() -> Resolver {
        Resolver::with(|host| (host, 0).to_socket_addrs().map(Iterator::collect))
    }

    /// A name service of one's own.
    pub(super) fn with(
        look_up: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Resolver {
        let pool = Pool { look_up: Box::new(look_up), desk: Mutex::default(), work: Condvar::new() };
        Resolver { pool: Arc::new(pool) }
    }

    /// The addresses of `host` in the system's order of preference, at `port`.
    pub(super) async fn addresses(
        &self,
        host: &str,
        port: u16,
        family: Family,
    ) -> Result<Vec<SocketAddr>, Fault> {
        let all = match literal(host) {
            Some(ip) => vec![SocketAddr::new(ip, port)],
            None => self.look_up(host).await?,
        };
        let mut found: Vec<SocketAddr> = Vec::new();
        for mut address in all {
            address.set_port(port);
            let wanted = match family {
                Family::Any => true,
                Family::V4 => address.is_ipv4(),
                Family::V6 => address.is_ipv6(),
            };
            if wanted && !found.contains(&address) {
                found.push(address);
            }
        }
        if found.is_empty() {
            let kind = match family {
                Family::Any => "address",
                Family::V4 => "IPv4 address",
                Family::V6 => "IPv6 address",
            };
            return Err(Fault::refusal(Stage::Resolve, "no name", format!("{host} has no {kind}")));
        }
        Ok(found)
    }

    async fn look_up(&self, host: &str) -> Answer {
        let (tell, told) = oneshot::channel();
        self.ask(host, tell)?;
        told.await.unwrap_or_else(|_| Err(Fault::Broken(format!("the look-up of {host} was given up"))))
    }

    fn ask(&self, host: &str, tell: oneshot::Sender<Answer>) -> Result<(), Fault> {
        let mut desk = self.pool.desk();
        if let Some(others) = desk.waiting.get_mut(host) {
            // Those who timed out have gone.
            others.retain(|other| !other.is_closed());
            others.push(tell);
            return Ok(());
        }
        desk.waiting.insert(host.to_owned(), vec![tell]);
        desk.queue.push_back(host.to_owned());
        if desk.idle < desk.queue.len() && desk.threads < THREADS {
            let pool = Arc::clone(&self.pool);
            std::thread::Builder::new().name("resolve".to_owned()).spawn(move || pool.serve()).map_err(
                |error| Fault::Broken(format!("cannot start a thread to look up {host}: {error}")),
            )?;
            desk.threads += 1;
        }
        self.pool.work.notify_one();
        Ok(())
    }
}

impl Pool {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        let mut desk = self.desk();
        while !desk.closed {
            let Some(host) = desk.queue.pop_front() else {
                desk.idle += 1;
                desk = self.work.wait(desk).unwrap_or_else(PoisonError::into_inner);
                desk.idle -= 1;
                continue;
            };
            drop(desk);
            let answer = (self.look_up)(&host).map_err(|error| failed(&host, &error));
            desk = self.desk();
            for waiting in desk.waiting.remove(&host).unwrap_or_default() {
                // Whoever timed out meanwhile no longer listens.
                let _ = waiting.send(answer.clone());
            }
        }
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.pool.desk().closed = true;
        self.pool.work.notify_all();
    }
}

fn failed(host: &str, error: &io::Error) -> Fault {
    let words = plain(error);
    let words = words.strip_prefix("failed to lookup address information: ").unwrap_or(&words);
    Fault::transport(Stage::Resolve, "no name", format!("no address for {host}: {words}"))
}

/// An IP address, with or without the brackets of a URL.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).parse().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    fn loopback() -> Vec<SocketAddr> {
        vec![SocketAddr::from(([127, 0, 0, 1], 0)), SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 0))]
    }

    #[tokio::test]
    async fn an_address_needs_no_look_up() {
        let resolver = Resolver::with(|_| panic!("asked"));
        let found = resolver.addresses("[::1]", 8443, Family::Any).await.unwrap();
        assert_eq!(found, [SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 8443))]);
    }

    #[tokio::test]
    async fn the_family_chooses() {
        let resolver = Resolver::with(|_| Ok(loopback()));
        let found = resolver.addresses("app.test", 80, Family::V4).await.unwrap();
        assert_eq!(found, [SocketAddr::from(([127, 0, 0, 1], 80))]);
        let none = resolver.addresses("127.0.0.1", 80, Family::V6).await.unwrap_err();
        assert_eq!(none.outcome().0, "no name");
    }

    #[tokio::test]
    async fn a_hanging_name_takes_one_thread_and_lets_others_through() {
        let (release, held) = mpsc::channel::<()>();
        let held = Mutex::new(held);
        let begun = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&begun);
        let resolver = Arc::new(Resolver::with(move |host| {
            if host == "hangs.test" {
                counter.fetch_add(1, Ordering::SeqCst);
                let _ = held.lock().unwrap().recv();
            }
            Ok(loopback())
        }));
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let resolver = Arc::clone(&resolver);
            waiting.spawn(async move { resolver.addresses("hangs.test", 80, Family::Any).await });
        }
        for n in 0..20 {
            let found = resolver.addresses(&format!("app{n}.test"), 80, Family::V4).await;
            assert!(found.is_ok());
        }
        drop(release);
        while let Some(found) = waiting.join_next().await {
            assert_eq!(found.unwrap().unwrap().len(), 2);
        }
        assert_eq!(begun.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn the_pool_is_bounded_and_ends() {
        let (release, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let resolver = Arc::new(Resolver::with(move |_| {
            let _ = held.lock().unwrap().recv();
            Ok(loopback())
        }));
        let mut waiting = tokio::task::JoinSet::new();
        for n in 0..30 {
            let resolver = Arc::clone(&resolver);
            waiting
                .spawn(async move { resolver.addresses(&format!("hangs{n}.test"), 80, Family::Any).await });
        }
        while resolver.pool.desk().waiting.len() < 30 {
            tokio::task::yield_now().await;
        }
        assert_eq!(resolver.pool.desk().threads, THREADS);
        drop(release);
        while let Some(found) = waiting.join_next().await {
            assert!(found.unwrap().is_ok());
        }
        let pool = Arc::clone(&resolver.pool);
        drop(resolver);
        // Each thread holds the pool until it has seen that it is closed.
        while Arc::strong_count(&pool) > 1 {
            std::thread::yield_now();
        }
    }
}
