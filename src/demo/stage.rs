//! The demo's world, raised on loopback on a thread of its own.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local};

use super::pace::Pace;
use super::play::Script;
use super::world::{Side, World};
use super::zone::{Server, Sockets};
use super::{copy, script, web};

/// Where the demo's servers listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Addresses {
    /// The port of both hosts and of what customers reach.
    pub(super) port: u16,
    /// The name servers, in the order of [`Server::ALL`].
    pub(super) servers: Vec<SocketAddr>,
}

/// A living world; dropped, it ends, and nothing listens any more.
pub(super) struct Stage {
    pub(super) addresses: Addresses,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Stage {
    /// Raises the world in a folder, to go on with what the log at that path says.
    ///
    /// # Errors
    /// No thread, no port, or the folder cannot be written to.
    pub(super) fn raise(
        folder: &Path,
        log: &Path,
        script: Script,
        pace: Pace,
        seed: u64,
    ) -> io::Result<Stage> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (tell, told) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        let (folder, log) = (folder.to_owned(), log.to_owned());
        let thread = std::thread::Builder::new().name("demo".to_owned()).spawn(move || {
            LocalSet::new().block_on(&runtime, async {
                let raised = raise(&folder, log, script, pace, seed).await;
                let _listens = tell.send(raised);
                // Its sender is dropped with the stage.
                let _ended = ended.await;
            });
        })?;
        let addresses = told.recv().map_err(io::Error::other)??;
        Ok(Stage { addresses, end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _its_end = thread.join();
        }
    }
}

async fn raise(folder: &Path, log: PathBuf, script: Script, pace: Pace, seed: u64) -> io::Result<Addresses> {
    let front = web::port().await?;
    let port = front.local_addr()?.port();
    let world = Rc::new(World::new(folder, port, pace, script.six, seed)?);
    copy::stock(&world)?;
    let mut servers = Vec::new();
    for server in Server::ALL {
        let sockets = Sockets::bind().await?;
        servers.push(sockets.address()?);
        sockets.serve(server, &world.zone);
    }
    for side in [Side::Old, Side::New] {
        spawn_local(web::host(Rc::clone(&world), side));
    }
    spawn_local(web::front(Rc::clone(&world), front));
    spawn_local(web::customers(Rc::clone(&world)));
    spawn_local(script::play(world, script, log));
    Ok(Addresses { port, servers })
}
