package io.penstock.appliance.vsphere;

import io.penstock.appliance.identity.Enrolment;
import io.penstock.appliance.identity.Enrolment.Issued;
import io.penstock.appliance.identity.Secrets;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.store.Database;
import io.penstock.appliance.store.HandOverRow;
import io.penstock.appliance.store.HandOverTable;
import io.penstock.appliance.store.MemberVmRow;
import io.penstock.appliance.store.MemberVmTable;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.store.PeerTable;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.discovery.Inventory.Machine;
import io.penstock.appliance.vcenter.registration.PluginRecord;
import io.penstock.appliance.vsphere.Vcenters.Joined;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.PeerKind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets running VMs in. An offer without any secret goes into the VM's guestinfo; the guest answers with a hash over its new key
 * there and asks for a certificate; it is signed once, and only if that very VM's configuration, read through vCenter, holds the hash
 * of that key. Each hand-over ends: done, refused, withdrawn, or by its time; both keys are taken out of guestinfo in every case.
 *
 * <p>Methods block and are for virtual threads. What stands in the database goes on after a restart.
 */
final class HandOvers {
    /** How long an offer stands: guests refuse one that ends more than ten minutes ahead, and their clocks may be slow. */
    static final Duration LIFE = Duration.ofMinutes(9);

    private static final Logger LOG = LoggerFactory.getLogger(HandOvers.class);
    private static final Logger AUDIT = LoggerFactory.getLogger("io.penstock.audit");
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);
    private static final Duration ASKED_MAX_EVERY = Duration.ofSeconds(1);
    private static final int PROGRESS_OFFERED = 30;
    private static final int PROGRESS_ANSWERED = 70;
    private static final Pattern ANSWER = Pattern.compile("[0-9a-f]{64}"); // a SHA-256, as the guest writes it

    private final VsphereRooms rooms;
    private final Database.Worker store;
    private final InstantSource clock;
    private final Vcenters vcenters;
    private final Threads threads;
    private final VmTags tags;
    private final HandOverBook book;
    private final HandOverEnds ends;
    private final Map<String, Instant> looks = new ConcurrentHashMap<>(); // by VM and nonce, the last for those who ask
    private final Set<String> watched =
            ConcurrentHashMap.newKeySet(); // by VM and nonce, those that a thread looks after

    HandOvers(VsphereRooms rooms, Threads threads, Vcenters vcenters, VmTags tags) {
        this.rooms = rooms;
        this.store = rooms.store();
        this.clock = rooms.clock();
        this.vcenters = vcenters;
        this.threads = threads;
        this.tags = tags;
        this.book = new HandOverBook(rooms.store(), rooms.changed());
        this.ends = new HandOverEnds(book, vcenters);
    }

    /** What is taken away from VMs that copied an offer to another. */
    Copies copies() {
        return new Copies(vcenters, threads, book);
    }

    /** Looks after the hand-overs that a restart interrupted. */
    void resume() {
        book.open().forEach(this::watch);
    }

    /** A vCenter is back: it is told what ended meanwhile. */
    void settle(String vcenter) {
        threads.begin(() -> ends.settle(vcenter));
    }

    /** The appliance leaves a vCenter: nothing of what it offered stays there. */
    void leave(Joined joined, String by) {
        book.open().stream()
                .filter(row -> row.vcenter().equals(joined.row().id()))
                .forEach(row -> end(row, "withdrawn", "Withdrawn: " + by + "."));
        ends.settle(joined.row().id());
    }

    /**
     * Offers a VM to come in.
     *
     * @param by who asked for it, for people
     */
    void enable(Joined joined, Machine machine, String kind, String by) {
        HandOverRow row = begin(joined.row().id(), machine, kind, by);
        try {
            ObjectRef task = joined.link()
                    .call(connection -> connection
                            .activities()
                            .beginTask(
                                    vm(row),
                                    kind.equals("server") ? PluginRecord.TASK_ENABLE_SERVER : PluginRecord.TASK_ENABLE,
                                    by));
            HandOverRow begun =
                    book.step(row, stands -> stands.withTask(task.id())).orElse(null);
            if (begun == null) {
                joined.link().call(connection -> {
                    connection.activities().fail(task, PluginRecord.FAULT_WITHDRAWN, "Withdrawn meanwhile.");
                    return task;
                });
                throw withdrawnMeanwhile(machine);
            }
            String authority = Fingerprint.of(rooms.authority()).hex();
            String text = Offer.text(kind, url(), authority, row.nonce(), row.expires(), name(row));
            joined.link().call(connection -> {
                connection.machines().setExtraConfig(vm(row), Map.of(Offer.OFFER_KEY, text, Offer.ANSWER_KEY, ""));
                connection.activities().progress(task, PROGRESS_OFFERED);
                return task;
            });
            if (book.current(begun).filter(HandOverRow::open).isEmpty()) {
                // withdrawn while the offer was on its way: it may have come after its removal
                joined.link().call(connection -> {
                    connection.machines().setExtraConfig(vm(row), Offer.NONE);
                    return task;
                });
                throw withdrawnMeanwhile(machine);
            }
            watch(begun);
        } catch (VcenterException e) {
            end(row, "failed", "The offer could not be made: " + e.getMessage());
            throw e;
        }
    }

    /** Notes the offer, unless the VM cannot be enabled now. */
    private HandOverRow begin(String vcenter, Machine machine, String kind, String by) {
        Instant now = clock.instant();
        return Threads.await(store.submit(handle -> {
            PeerRow member = new MemberVmTable(handle)
                    .find(vcenter, machine.instanceUuid())
                    .flatMap(found -> new PeerTable(handle).find(found.peer()))
                    .orElse(null);
            HandOverTable table = new HandOverTable(handle);
            HandOverRow last = table.find(vcenter, machine.instanceUuid()).orElse(null);
            Optional<String> reason = Enabling.whyNot(kind, machine, member, last, now);
            if (reason.isPresent()) {
                throw new Refusal(
                        Reason.CONFLICT,
                        "cannot_enable",
                        "VM " + machine.name() + " cannot be enabled: " + reason.get());
            }
            HandOverRow fresh = new HandOverRow(
                    vcenter,
                    machine.instanceUuid(),
                    machine.id(),
                    kind,
                    Secrets.random(),
                    "offered",
                    "Offered; the guest has not answered yet.",
                    by,
                    null,
                    null,
                    now,
                    now.plus(LIFE),
                    true);
            table.put(fresh);
            return fresh;
        }));
    }

    private static Refusal withdrawnMeanwhile(Machine machine) {
        return new Refusal(
                Reason.CONFLICT, "cannot_enable", "the offer to VM " + machine.name() + " was withdrawn meanwhile");
    }

    /** Withdraws the offer to a VM, if one stands. */
    void withdraw(String vcenter, String instanceUuid, String by) {
        book.last(vcenter, instanceUuid)
                .filter(HandOverRow::open)
                .ifPresent(open -> end(open, "withdrawn", "Withdrawn by " + by + "."));
    }

    /**
     * Signs the certificate of a VM that answered its offer, once.
     *
     * @param vm the vCenter's and the VM's instance UUIDs with a colon between
     */
    Issued enrol(String vm, String name, String csr) {
        String vcenter = vm.substring(0, vm.indexOf(':'));
        String instanceUuid = vm.substring(vm.indexOf(':') + 1);
        HandOverRow row = book.last(vcenter, instanceUuid)
                .filter(HandOverRow::open)
                .orElseThrow(() -> new Refusal(
                        Reason.NOT_FOUND,
                        "no_offer",
                        "no offer stands for this VM; enable it in the vSphere Client first"));
        requireInTime(row);
        Joined joined = vcenters.get(vcenter);
        String expected = Offer.answer(row.nonce(), Enrolment.key(csr));
        requireWorthALook(row, expected, vm);
        String seen = answer(joined, row);
        if (seen.isEmpty()) {
            throw new Refusal(
                    Reason.CONFLICT,
                    "answer_missing",
                    "vCenter does not show the VM's answer yet; if it never does, the guest may not write guestinfo: use"
                            + " penstock enroll with a token");
        }
        note(row, seen);
        if (!seen.equals(expected)) {
            throw answerDiffers(vm);
        }
        Issued issued = Threads.await(store.submit(handle -> {
                    HandOverTable table = new HandOverTable(handle);
                    HandOverRow now = table.find(vcenter, instanceUuid)
                            .filter(found -> found.open() && found.nonce().equals(row.nonce()))
                            .orElseThrow(() -> new Refusal(
                                    Reason.NOT_FOUND, "no_offer", "the offer was answered or withdrawn meanwhile"));
                    String machineName = Machines.name(joined, now.moref());
                    PeerKind kind = PeerKind.of(now.kind());
                    MemberVmTable members = new MemberVmTable(handle);
                    Optional<MemberVmRow> former = members.find(vcenter, instanceUuid);
                    Issued made = rooms.enrolment().admit(handle, kind, name, csr, clock.instant());
                    // the certificates of its former time stay void for ever
                    former.ifPresent(old -> new PeerTable(handle).markDeleted(old.peer()));
                    members.put(new MemberVmRow(made.peer().id(), vcenter, instanceUuid, now.moref(), machineName));
                    table.put(now.ended(
                            "done",
                            "Enabled as " + now.kind() + " " + made.peer().id() + "."));
                    return new Admitted(made, former.map(MemberVmRow::peer).orElse(null));
                }))
                .tell(rooms.deletedMember());
        AUDIT.info("VM {} was let in as {}; asked for by {}", vm, issued.peer().uri(), row.requestedBy());
        threads.begin(() -> ends.settle(row));
        tags.follow(vcenter);
        rooms.changed().run();
        return issued;
    }

    /** What the transaction of an enrolment made. */
    private record Admitted(Issued issued, @Nullable String former) {
        Issued tell(Consumer<String> deleted) {
            if (former != null) {
                deleted.accept(former);
            }
            return issued;
        }
    }

    /**
     * Whoever reaches the appliance may ask for the certificate of a VM that was offered one; vCenter is not troubled by those who
     * have another key than the VM has answered with, and by all together once a second before it has answered.
     */
    private void requireWorthALook(HandOverRow row, String expected, String vm) {
        String known = row.answer();
        if (known != null) {
            if (!known.equals(expected)) {
                throw answerDiffers(vm);
            }
            return;
        }
        Instant now = clock.instant();
        Instant next = looks.merge(
                key(row),
                now,
                (last, asked) -> Duration.between(last, asked).compareTo(ASKED_MAX_EVERY) < 0 ? last : asked);
        if (!next.equals(now)) {
            throw new Refusal(
                    Reason.CONFLICT,
                    "answer_missing",
                    "vCenter did not show the VM's answer a moment ago; ask again in a second");
        }
    }

    private static Refusal answerDiffers(String vm) {
        AUDIT.warn("VM {} asked for a certificate with another key than it answered with", vm);
        return new Refusal(Reason.FORBIDDEN, "answer_differs", "the VM's answer in guestinfo is not that of this key");
    }

    private void requireInTime(HandOverRow row) {
        if (!clock.instant().isBefore(row.expires())) {
            throw new Refusal(
                    Reason.GONE, "offer_expired", "the offer expired at " + row.expires() + "; enable the VM again");
        }
    }

    private static String answer(Joined joined, HandOverRow row) {
        return joined.link()
                .call(connection -> connection.machines().extraConfig(vm(row)))
                .getOrDefault(Offer.ANSWER_KEY, "")
                .strip();
    }

    /** Remembers the first answer; another one, or what is none, means that somebody else writes there, and nobody is let in. */
    private void note(HandOverRow row, String seen) {
        HandOverRow now = ANSWER.matcher(seen).matches()
                ? book.step(
                                row,
                                stands -> stands.answer() == null
                                        ? stands.answered(seen, "The guest has answered.")
                                        : stands)
                        .orElse(null)
                : book.current(row).filter(HandOverRow::open).orElse(null);
        if (now == null) {
            return;
        }
        if (seen.equals(now.answer())) {
            if (row.answer() == null) {
                progress(now);
            }
            return;
        }
        String text = now.answer() == null
                ? "What stands as the answer in the VM's guestinfo is no SHA-256: somebody else in the guest, or in vCenter, wrote"
                        + " it. Nobody was let in."
                : "The answer in the VM's guestinfo changed: somebody else in the guest, or in vCenter, wrote it. Nobody was let in.";
        end(now, "failed", text);
        throw new Refusal(Reason.FORBIDDEN, "answer_differs", text);
    }

    private void progress(HandOverRow row) {
        String task = row.task();
        if (task != null) {
            try {
                vcenters.get(row.vcenter()).link().call(connection -> {
                    connection.activities().progress(new ObjectRef("Task", task), PROGRESS_ANSWERED);
                    return true;
                });
            } catch (VcenterException | Refusal e) {
                LOG.debug("the task of {} does not show its progress", name(row), e);
            }
        }
    }

    // ---- looking after one ----

    private void watch(HandOverRow row) {
        String key = key(row);
        if (watched.add(key)) {
            threads.begin(() -> {
                try {
                    lookAfter(row);
                } finally {
                    watched.remove(key);
                    looks.remove(key);
                }
            });
        }
    }

    private void lookAfter(HandOverRow begun) {
        while (true) {
            try {
                Thread.sleep(LOOK_EVERY);
                HandOverRow row = book.current(begun).filter(HandOverRow::open).orElse(null);
                if (row == null) {
                    return;
                }
                look(row);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (VcenterException | Refusal e) {
                LOG.debug("the hand-over of {} could not be looked at", name(begun), e);
            } catch (RuntimeException e) {
                // whatever it is: an offer that nobody looks after would stand for ever
                LOG.error("the hand-over of {} could not be looked at", name(begun), e);
            }
        }
    }

    private void look(HandOverRow row) {
        if (!vcenters.has(row.vcenter())) {
            end(row, "withdrawn", "Withdrawn: the appliance has left this vCenter.");
            return;
        }
        if (!clock.instant().isBefore(row.expires())) {
            String text = row.answer() == null
                    ? "The guest did not answer within " + LIFE.toMinutes()
                            + " minutes. On the VM: is the package penstock-client (or penstock-server) installed and"
                            + " penstock-enroll running? Where the guest may not write guestinfo, use penstock enroll"
                            + " with a token."
                    : "The guest answered but did not ask for its certificate in time. On the VM: can it reach " + url()
                            + "?";
            end(row, "expired", text);
            return;
        }
        String seen = answer(vcenters.get(row.vcenter()), row);
        if (!seen.isEmpty()) {
            note(row, seen);
        }
    }

    /** Ends a hand-over badly, unless it has ended meanwhile; vCenter is told. */
    private void end(HandOverRow row, String state, String text) {
        book.step(row, now -> now.ended(state, text)).ifPresent(ended -> {
            AUDIT.info("the hand-over of VM {} ended: {}: {}", name(row), state, text);
            ends.settle(ended);
        });
    }

    // ---- small things ----

    /** How guests reach the appliance. */
    private String url() {
        return rooms.url().get().toString();
    }

    private static ObjectRef vm(HandOverRow row) {
        return Machines.ref(row.moref());
    }

    private static String name(HandOverRow row) {
        return row.vcenter() + ":" + row.instanceUuid();
    }

    private static String key(HandOverRow row) {
        return name(row) + " " + row.nonce();
    }
}
