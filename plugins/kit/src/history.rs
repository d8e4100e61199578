//! What a multistep method keeps: predictions of the last steps and where they were made.

use crate::{Failure, Host, Tensor};
use std::collections::VecDeque;

/// Tensors of the last `capacity` steps, the newest first, each with a number that says where it was made (its
/// lambda, its time, …). Nothing is allocated after `begin`: the oldest tensor becomes the newest.
#[derive(Debug)]
pub struct History {
    capacity: usize,
    tensors: VecDeque<Tensor>,
    at: VecDeque<f64>,
}

impl History {
    /// Room for `capacity` predictions, no tensors yet.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, tensors: VecDeque::new(), at: VecDeque::new() }
    }

    /// Makes the tensors; empty again.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn begin(&mut self, host: &Host) -> Result<(), Failure> {
        self.tensors = (0..self.capacity).map(|_| host.make(c"history")).collect::<Result<_, _>>()?;
        self.at.clear();
        Ok(())
    }

    /// Forgets the oldest where all room is taken; the tensor to write the newest prediction into, made at `at`.
    pub fn push(&mut self, at: f64) -> Tensor {
        self.tensors.rotate_right(1);
        self.at.push_front(at);
        self.at.truncate(self.capacity);
        self.tensors[0]
    }

    /// How many predictions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// The prediction `back` steps ago: 0 is the newest.
    ///
    /// # Panics
    /// Where there are not so many.
    #[must_use]
    pub fn tensor(&self, back: usize) -> Tensor {
        assert!(back < self.len(), "the history holds {} predictions", self.len());
        self.tensors[back]
    }

    /// Where it was made.
    ///
    /// # Panics
    /// Where there are not so many.
    #[must_use]
    pub fn at(&self, back: usize) -> f64 {
        self.at[back]
    }

    /// Where the newest `count` were made, as distances from the newest: 0, then negative on a rising variable.
    ///
    /// # Panics
    /// Where there are not so many.
    #[must_use]
    pub fn nodes(&self, count: usize) -> Vec<f64> {
        (0..count).map(|back| self.at[back] - self.at[0]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::History;
    use crate::Tensor;

    #[test]
    fn the_oldest_makes_room_for_the_newest() {
        let mut history = History::new(2);
        history.tensors = [Tensor(7), Tensor(8)].into();
        assert!(history.is_empty());
        let (a, b) = (history.push(1.0), history.push(1.5));
        assert_eq!((history.tensor(0), history.tensor(1)), (b, a));
        assert_eq!(history.push(3.0), a);
        assert_eq!((history.len(), history.nodes(2)), (2, vec![0.0, -1.5]));
    }
}
