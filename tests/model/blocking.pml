/* blocking.pml - seats, spares, and the monitor, which takes seats from workers asleep in an item.
 *
 * post      from     to       by       when                              with it
 *           AWAY     AT_WORK  worker   begins to serve, with a seat
 *           AT_WORK  TAKEN    monitor  has seen it asleep in an item     then seats - 1, fence, fill
 *           TAKEN    AT_WORK  worker   between two items                 first seats + 1
 *           TAKEN    AT_WORK  monitor  has seen it run on in its item    first seats + 1
 *           AT_WORK  AWAY     worker   ends serving: it keeps its seat
 *           TAKEN    AWAY     worker   ends serving                      then seats + 1
 *           AT_WORK  AWAY     worker   declares that it blocks           then seats - 1, fence, look
 *           TAKEN    AWAY     worker   declares that it blocks           nothing: the seat is given
 *           AWAY     AT_WORK  worker   comes back from that              first seats + 1
 * Each side writes first and looks then:
 *           publisher  push          | idle, seats and spares, asleep: notify()
 *           blocking   seats - 1     | queued, to notify
 *           stepping   seats - 1     | queued, to notify: somebody may have relied on this worker
 *           seated     join idle     | queued, stop
 *           spare      join spares   | queued with a vacancy, stop
 *           retiring   life = NONE   | queued
 *           filling    seats - 1     | spares
 *           monitor    asleep = true | queued, stop
 *           close      stop = true   | idle, spares, asleep
 * Leaves out: deques, the injection list and batches are one counter, an item is a ticket; there are
 * no wishes and no errands, and nobody spins. All threads see steps in one order, so that a missing
 * fence is a look before the write. The lowest of a set is taken. A place is one process: the next
 * thread there begins when the last one has looked for the last time. Waits loop on their bell: a
 * spurious wake-up is no step. Locals are set to 0 after use, for fewer states.
 *
 * With -D   TARGET, THREADS (up to 3), ITEMS
 *           NAPS, LONGS            how often items block: for a while; until all items have begun or
 *                                  every place's thread blocks like that
 *           RETIRES                how often a spare's time is up (without end, spares that retire
 *                                  and look would make up for wake-ups that were missed)
 *           FAILS, MONITOR_FAILS   how often no thread can be had; how often none for the monitor
 *           NO_MONITOR             there is never one, and items declare that they block
 *           NESTED                 items publish items
 *           HASTY                  close when all items have ended; else when all threads rest, too
 *           LIVENESS               assume CALM, below
 * Checked   safety   assertions, and no end but with all threads gone: none sleeps while work waits
 *           closes   all items run, then all threads rest with as many seats as are counted, then
 *                    all end: with weak fairness
 * Mutants   the other names in #if; one of the two fails. */
#define AWAY 0 /* post */
#define AT_WORK 1
#define TAKEN 2

#define NONE 0 /* life, monitor */
#define LIVE 1
#define LEFT 2

#define GONE 0 /* at: what a thread does, for the monitor's eyes and for the checks */
#define MOVING 1
#define SEEKING 2 /* awake without a seat */
#define IDLE 3    /* asleep with a seat, for want of work */
#define PARKED 4  /* asleep without a seat */
#define NAP 5     /* asleep in an item */
#define LONG 6

byte queued, unpublished = ITEMS, ended, seats = TARGET, alive = TARGET, monitor;
byte post[3], life[3], at[3], idle, spares; /* the sets: a bit for each thread */
bool born[3], bell[3], asleep, monitor_bell, ticking, publishing, stop, closed;
byte naps = NAPS, longs = LONGS, retires = RETIRES, fails = FAILS, monitor_fails = MONITOR_FAILS;

#define BIT(i) (1 << (i))
#define MANY(state) ((at[0] == state) + (at[1] == state) + (at[2] == state))
#define BLOCKED(i) (post[i] == AT_WORK && at[i] >= NAP)
#define BACK(i) (post[i] == TAKEN && at[i] < NAP)

/* Do all threads rest, and how many seats should be taken then? */
#define RESTS(i) ((at[i] == GONE && !born[i]) || (at[i] == IDLE && (idle & BIT(i))) || \
                  (at[i] == PARKED && (spares & BIT(i))) || at[i] >= NAP)
#define QUIET (!ticking && !publishing && RESTS(0) && RESTS(1) && RESTS(2))
#define HOLDS(i) (at[i] == IDLE || BLOCKED(i))
#define HELD (HOLDS(0) + HOLDS(1) + HOLDS(2))

/* Two threads could lose the race for one seat to each other for ever, one giving it back just when
 * the other has tried. So whoever gives one back tries again when no spare is on its way. */
#ifdef LIVENESS
#define CALM (MANY(SEEKING) == 0)
#else
#define CALM true
#endif

/* Takes one out of a set; who is 3 when there is none. It is rung in the same step: a delay of the
 * ring is a delay of the thread it wakes. */
inline wake(set, who)
{
    d_step {
        if
        :: set & 1 -> who = 0; set = set - 1; bell[0] = true
        :: !(set & 1) && (set & 2) -> who = 1; set = set - 2; bell[1] = true
        :: !(set & 3) && (set & 4) -> who = 2; set = set - 4; bell[2] = true
        :: else -> who = 3
        fi
    }
}

inline give_seat()
{
    d_step { assert(seats > 0); seats-- }
}

/* Worker i runs on, its post was TAKEN. The seat comes first: once the post says AT_WORK the worker
 * may give the seat up. */
inline take_back(i)
{
#ifdef POST_BEFORE_SEAT
    if
    :: atomic { post[i] == TAKEN -> post[i] = AT_WORK } seats++
    :: atomic { else }
    fi
#else
#ifndef RETURN_WITHOUT_SEAT
    seats++;
#endif
    if
    :: atomic { post[i] == TAKEN -> post[i] = AT_WORK }
    :: atomic { post[i] != TAKEN } give_seat() /* monitor or worker: the other was first */
    fi
#endif
}

/* Holds a place and starts a thread: who is 3 when there is no place, and above when there is no
 * thread; the place is still held then. */
inline start_thread(who)
{
    if
    :: life[0] == NONE -> who = 0
    :: life[0] != NONE && life[1] == NONE && THREADS > 1 -> who = 1
    :: life[0] != NONE && life[1] != NONE && life[2] == NONE && THREADS > 2 -> who = 2
    :: else -> who = 3
    fi;
    if
    :: who < 3 -> assert(!born[who] && !closed); life[who] = LIVE; born[who] = true; alive++
    :: who < 3 && fails > 0 -> fails--; life[who] = LIVE; who = who + 4
    :: who == 3
    fi
}

/* Somebody for a vacancy; who is 3 when nobody was woken. A seat that is passed on is taken in the
 * same step, one that is given back is not. */
inline fill(who)
{
    do
    :: atomic {
            if :: seats >= TARGET -> who = 3; break :: else -> seats++ fi;
            wake(spares, who);
            if :: who < 3 -> break :: else -> start_thread(who) fi;
            if :: who < 3 -> break :: else fi
        }
        if :: who > 3 -> atomic { life[who - 4] = NONE; who = 3 } :: who == 3 fi;
        give_seat();
        atomic { CALM -> if :: spares == 0 -> break :: else fi }
    od
}

/* For one who has put a ticket and woken nobody. The first one starts the monitor, under a lock. */
inline ring_monitor()
{
#if defined(NO_MONITOR) || defined(NO_RING)
    skip
#else
    if
    :: atomic { monitor == NONE && monitor_fails > 0 -> monitor_fails-- }
    :: atomic { monitor == NONE -> assert(!closed); monitor = LIVE; alive++; ticking = true }
    :: atomic { monitor != NONE && asleep -> asleep = false; monitor_bell = true }
    :: monitor != NONE && !asleep
    fi
#endif
}

inline notify(who)
{
    wake(idle, who);
    if
    :: who < 3
    :: else -> fill(who); if :: who < 3 :: else -> ring_monitor() fi
    fi
}

inline block()
{
    if
    :: naps > 0 -> naps--; at[me] = NAP
    :: longs > 0 -> longs--; at[me] = LONG
    :: else -> at[me] = NAP /* the last one was left a moment ago */
    fi
}

inline unblock()
{
    at[me] == NAP || unpublished + queued == 0 || MANY(LONG) == THREADS ->
    assert(!QUIET || seats == HELD);
    at[me] = MOVING
}

inline leave_spares() /* or else whoever has taken this thread has given it a seat */
{
    atomic {
        if
        :: spares & BIT(me) -> spares = spares - BIT(me)
        :: else -> bell[me]; bell[me] = false; at[me] = MOVING; goto work
        fi
    }
}

proctype worker(byte me)
{
    byte who, old;

place: /* no thread */
end_place:
    atomic { born[me] -> born[me] = false; at[me] = MOVING }

work: /* with a seat, AWAY */
    atomic { if :: seats > TARGET -> seats-- :: else -> goto look fi }
#ifndef STEP_WITHOUT_LOOK
    if :: queued > 0 -> notify(who) :: queued == 0 fi;
#endif
    atomic { who = 0; at[me] = SEEKING; goto park }

look:
    atomic {
        if
        :: queued > 0 -> queued--; post[me] = AT_WORK; goto item
        :: queued == 0 && stop -> goto leave
        :: else -> idle = idle | BIT(me)
        fi
    }
    atomic {
        if
        :: queued == 0 && !stop -> at[me] = IDLE
        :: else -> if :: idle & BIT(me) -> idle = idle - BIT(me); goto look :: else fi
        fi
    }
    atomic { bell[me] -> bell[me] = false; at[me] = MOVING; goto look }

item:
    if
    :: atomic { ended++; if :: post[me] == TAKEN -> goto back :: else -> goto turn fi }
#ifndef NO_MONITOR
    :: atomic { naps + longs > 0 -> block() } atomic { unblock(); goto item }
#endif
#ifdef NESTED
    :: atomic { unpublished > 0 -> unpublished--; queued++ } notify(who); atomic { who = 0; goto item }
#endif
    :: atomic { naps + longs > 0 -> old = post[me]; post[me] = AWAY }
        if
#ifdef GIVE_TWICE
        :: true ->
#else
        :: old == TAKEN
        :: old != TAKEN ->
#endif
            give_seat();
#ifndef BEGIN_WITHOUT_LOOK
            if :: queued > 0 -> notify(who) :: queued == 0 fi
#endif
        fi;
        atomic { who = 0; old = 0; block() }
        atomic { unblock(); seats++; post[me] = AT_WORK; goto item }
    fi;
back:
    take_back(me);
turn: /* to the next item, or from the batch */
    atomic {
        if
        :: seats <= TARGET && queued > 0 -> queued--; goto item
        :: else -> old = post[me]; post[me] = AWAY
        fi;
        if :: old == TAKEN -> old = 0 :: else -> old = 0; goto work fi
    }
    atomic { seats++; goto work }

park: /* without a seat */
#ifndef PARK_WITHOUT_STOP
    atomic { if :: stop -> goto leave :: else fi }
#endif
    spares = spares | BIT(me);
    atomic {
        if
#ifndef PARK_WITHOUT_LOOK
        :: !stop && queued > 0 && seats < TARGET
#endif
        :: stop
        :: else -> at[me] = PARKED; goto parked
        fi
    }
    leave_spares();
    atomic {
        if
        :: stop -> goto leave
        :: !stop && seats < TARGET -> seats++; at[me] = MOVING; goto work
        :: else -> goto park
        fi
    }
parked:
    if
    :: atomic { bell[me] -> bell[me] = false; at[me] = MOVING; goto work }
    :: atomic { retires > 0 -> retires--; at[me] = SEEKING }
    fi;
    leave_spares();
    atomic {
        if
        :: stop -> goto leave
        :: !stop && seats < TARGET -> seats++; at[me] = MOVING; goto work
        :: else -> life[me] = NONE
        fi
    }
    atomic {
        if
#ifndef RETIRE_WITHOUT_LOOK
        :: queued > 0 && life[me] == NONE -> life[me] = LIVE; goto park
#endif
        :: else -> at[me] = GONE; alive--; goto place
        fi
    }
leave:
    atomic { life[me] = LEFT; at[me] = GONE; alive--; goto place }
}

active proctype watcher() /* the monitor */
{
    byte who, w;
end_none:
    monitor == LIVE;

tick:
    atomic {
        ticking = true;
        if
        :: stop -> goto end
        :: !stop && queued > 0 -> goto look
        :: else -> monitor_bell = false /* reads the key */
        fi
    }
#ifdef SLEEP_WITHOUT_FENCE
    atomic { if :: queued > 0 || stop -> goto tick :: else fi }
    asleep = true;
#else
    asleep = true;
#ifndef SLEEP_WITHOUT_LOOK
    atomic { if :: queued > 0 || stop -> asleep = false; goto tick :: else fi }
#endif
#endif
    ticking = false;
    atomic { monitor_bell -> asleep = false; goto tick }

look: /* what it sees may be over when it acts */
    atomic {
        if
        :: BLOCKED(0) -> w = 0
        :: !BLOCKED(0) && BLOCKED(1) -> w = 1
        :: !BLOCKED(0) && !BLOCKED(1) && BLOCKED(2) -> w = 2
        :: else ->
            if
            :: BACK(0) -> w = 0; goto back
            :: !BACK(0) && BACK(1) -> w = 1; goto back
            :: !BACK(0) && !BACK(1) && BACK(2) -> w = 2; goto back
            :: else -> goto vacancies
            fi
        fi
    }
    atomic { if :: post[w] == AT_WORK -> post[w] = TAKEN; w = 0 :: else -> w = 0; goto look fi }
    give_seat();
#ifdef NO_RETRY
    fill(who);
#endif
    goto look;
back:
    take_back(w);
    atomic { w = 0; goto look }

vacancies:
#ifndef NO_RETRY
    do
    :: atomic { if :: queued > 0 && seats < TARGET :: else -> break fi }
        fill(who);
        if :: who < 3 :: else -> break fi
    od;
#endif
    atomic { ticking = false; who = 0 }
    atomic { CALM -> goto tick } /* after a pause */

end:
    atomic { monitor = LEFT; alive-- }
}

init /* the outside: publishes, closes */
{
    byte who;
    d_step {
        do :: who < TARGET -> life[who] = LIVE; born[who] = true; who++ :: else -> break od;
        who = 0
    }
    atomic { run worker(0); run worker(1); run worker(2) }
    do
    :: atomic { unpublished > 0 -> unpublished--; queued++; publishing = true }
        notify(who);
        atomic { publishing = false; who = 0 }
    :: unpublished == 0 -> break
    od;
#ifdef HASTY
    atomic { ended == ITEMS -> stop = true }
#else
    atomic {
        ended == ITEMS && QUIET -> assert(seats == HELD && seats <= TARGET && queued == 0);
        stop = true
    }
#endif
    do :: idle != 0 -> wake(idle, who) :: idle == 0 -> break od;
    do
    :: atomic { spares != 0 -> seats++ } wake(spares, who); if :: who == 3 -> give_seat() :: else fi
    :: spares == 0 -> break
    od;
#ifndef STOP_WITHOUT_MONITOR
    if :: atomic { asleep -> asleep = false; monitor_bell = true } :: !asleep fi;
#endif
    atomic {
        alive == 0 -> closed = true;
        assert(monitor != LIVE && MANY(GONE) == 3 && !born[0] && !born[1] && !born[2])
    }
}

ltl closes { <> closed }
