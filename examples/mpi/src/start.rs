//! The frame of a program that runs on all ranks.

use std::error::Error;

use mpi::Threading;
use mpi::topology::SimpleCommunicator;
use mpi::traits::Communicator;

/// Any error.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Runs `work` with the communicator of all ranks. If it returns an error on one rank, that rank prints it and ends all
/// ranks with status 1: the others would wait for it for ever.
///
/// Threads of `rayon` may compute, but only the thread that calls this function calls MPI.
pub fn start(work: impl FnOnce(&SimpleCommunicator) -> Result<(), Failure>) {
    let Some((universe, _)) = mpi::initialize_with_threading(Threading::Funneled) else {
        eprintln!("MPI is initialised already");
        std::process::exit(1);
    };
    let world = universe.world();
    if let Err(error) = work(&world) {
        // In one piece, so that the lines of several ranks do not mix.
        let line = format!("rank {} of {}: {error}\n", world.rank(), world.size());
        eprint!("{line}");
        world.abort(1);
    }
}
