//! Handles of tensors: a generation and an index, so that a stale one is found out, not followed.

use super::{Failure, Fault};
use crate::state::Slot;

#[derive(Debug)]
struct Entry {
    generation: u32,
    slot: Option<Slot>,
    tag: String,
}

/// The tensors a run has made, by handle.
#[derive(Debug, Default)]
pub(super) struct Handles {
    entries: Vec<Entry>,
    free: Vec<u32>,
}

impl Handles {
    /// A new handle for a slot; never 0.
    pub(super) fn add(&mut self, slot: Slot, tag: &str) -> u64 {
        let index = if let Some(index) = self.free.pop() {
            let entry = &mut self.entries[index as usize];
            entry.slot = Some(slot);
            tag.clone_into(&mut entry.tag);
            index
        } else {
            self.entries.push(Entry { generation: 1, slot: Some(slot), tag: tag.to_owned() });
            (self.entries.len() - 1) as u32
        };
        u64::from(self.entries[index as usize].generation) << 32 | u64::from(index)
    }

    /// The slot behind a handle.
    #[inline]
    pub(super) fn slot(&self, handle: u64) -> Result<Slot, Failure> {
        match self.entries.get((handle & 0xffff_ffff) as usize) {
            Some(Entry { generation, slot: Some(slot), .. }) if u64::from(*generation) == handle >> 32 => Ok(*slot),
            _ => Err(self.stale(handle)),
        }
    }

    #[cold]
    fn stale(&self, handle: u64) -> Failure {
        let text = match self.entries.get((handle & 0xffff_ffff) as usize) {
            _ if handle == 0 => "tensor handle 0 was used: the tensor was never made".to_owned(),
            Some(entry) => format!("tensor handle {handle:#x} is stale: tensor `{}` was freed", entry.tag),
            None => format!("tensor handle {handle:#x} does not belong to this run"),
        };
        Failure::new(Fault::Handle, text)
    }

    /// Forgets a handle and returns its slot.
    pub(super) fn remove(&mut self, handle: u64) -> Result<Slot, Failure> {
        let slot = self.slot(handle)?;
        let index = (handle & 0xffff_ffff) as u32;
        let entry = &mut self.entries[index as usize];
        entry.slot = None;
        entry.generation = entry.generation.wrapping_add(1).max(1);
        self.free.push(index);
        Ok(slot)
    }
}
