//! Tests of the whole: plugins from their shared libraries, through the border, to records.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod adaptive;
mod architecture;
mod arrays;
mod bits;
mod border;
mod bounds;
mod cli;
mod counting;
mod docs;
mod everywhere;
mod frozen;
mod given_points;
mod langevin;
mod likelihood;
mod limits;
mod mistakes;
mod networks;
mod orders;
mod peers;
mod processes;
mod resume;
mod running;
mod smoke;
mod support;
mod times;
