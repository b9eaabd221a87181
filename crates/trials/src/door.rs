//! A way into a server, or from a server to something, that can be cut.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What happens to connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Bytes go through.
    Open,
    /// New connections are closed at once, and old ones broken.
    Shut,
    /// Nothing goes through and nobody is told, as when a cable is pulled. What was under way arrives
    /// when the way is open again.
    Silent,
}

/// A TCP address that leads to others. Stays the same while servers behind it come and go.
pub struct Door {
    address: SocketAddr,
    behind: Arc<Behind>,
    stop: CancellationToken,
}

struct Behind {
    targets: Mutex<Vec<String>>,
    next: AtomicUsize,
    way: watch::Sender<Way>,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Door {
    /// A door on a free port of this machine; it leads to these in turn, and past those that refuse.
    pub async fn to(targets: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let behind = Arc::new(Behind {
            targets: Mutex::default(),
            next: AtomicUsize::new(0),
            way: watch::Sender::new(Way::Open),
        });
        let door = Self { address, behind, stop: CancellationToken::new() };
        door.lead_to(targets);
        tokio::spawn(listen(listener, Arc::clone(&door.behind), door.stop.clone()));
        door
    }

    /// Where it is reached.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads elsewhere from the next connection on.
    pub fn lead_to(&self, targets: &[&str]) {
        let targets = targets.iter().map(|target| (*target).to_owned()).collect();
        *self.behind.targets.lock().unwrap_or_else(PoisonError::into_inner) = targets;
    }

    /// Breaks every connection and refuses new ones.
    pub fn shut(&self) {
        self.behind.way.send_replace(Way::Shut);
    }

    /// Lets nothing through and tells nobody.
    pub fn silence(&self) {
        self.behind.way.send_replace(Way::Silent);
    }

    /// Lets everything through again.
    pub fn open(&self) {
        self.behind.way.send_replace(Way::Open);
    }
}

async fn listen(listener: TcpListener, behind: Arc<Behind>, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((from, _)) = accepted else { continue };
        let (behind, stop) = (Arc::clone(&behind), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = behind.connect(from) => {}
            }
        });
    }
}

impl Behind {
    async fn connect(&self, from: TcpStream) {
        let mut way = self.way.subscribe();
        if way.wait_for(|way| *way != Way::Silent).await.is_err() || *way.borrow() == Way::Shut {
            return;
        }
        let Some(to) = self.find().await else { return };
        let _ = (from.set_nodelay(true), to.set_nodelay(true));
        let ((from_in, from_out), (to_in, to_out)) = (from.into_split(), to.into_split());
        let there = carry(from_in, to_out, self.way.subscribe());
        let back = carry(to_in, from_out, self.way.subscribe());
        tokio::select! {
            _ = way.wait_for(|way| *way == Way::Shut) => {}
            ((), ()) = async { tokio::join!(there, back) } => {}
        }
    }

    async fn find(&self) -> Option<TcpStream> {
        let targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        for index in 0..targets.len() {
            let target = &targets[(first + index) % targets.len()];
            if let Ok(stream) = TcpStream::connect(target).await {
                return Some(stream);
            }
        }
        None
    }
}

/// Carries bytes one way until there are no more; holds them back while the way is silent.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut way: watch::Receiver<Way>) {
    let mut piece = vec![0; 64 << 10];
    loop {
        let read = from.read(&mut piece).await;
        if way.wait_for(|way| *way != Way::Silent).await.is_err() {
            return;
        }
        match read {
            Ok(read) if read > 0 => {
                if to.write_all(&piece[..read]).await.is_err() {
                    return;
                }
            }
            _ => {
                let _ = to.shutdown().await;
                return;
            }
        }
    }
}
