//! Orders to a connection: how a request ends that gets no proper response.

use tokio::sync::mpsc;

/// The end of a connection.
#[derive(Debug)]
pub(crate) enum Order {
    /// Close with RST, so that the client sees a reset, whatever was sent before.
    Reset,
    /// Write these bytes as they are, and close.
    Write(Vec<u8>),
}

/// Gives orders to a connection.
#[derive(Clone)]
pub(crate) struct Orders(mpsc::UnboundedSender<Order>);

impl Orders {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    pub(crate) fn give(&self, order: Order) {
        // Without a receiver the connection is gone already, which is all that an order can ask for.
        let _ = self.0.send(order);
    }
}
