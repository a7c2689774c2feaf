using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Galley.Store;

namespace Galley.Edge.Transport;

/// <summary>
/// The sockets of which bytes are expected (Linux: epoll(7), told of each change once). A few threads wait for all of them together, and the one
/// that the kernel wakes goes on with its connection through the whole request: no second thread is woken for it. A thread that a request keeps
/// is replaced by another, so however long one lasts, the others are heard 5 to 10 ms later at most (decision 0044). They also go on with those
/// who waited for a commit of the store (0045).
/// </summary>
internal sealed partial class Poller
{
    private const int CloseOnExec = 0x80000, NonBlocking = 0x800, Add = 1, Interrupted = 4;
    private const uint In = 0x1, Error = 0x8, HungUp = 0x10, PeerHungUp = 0x2000, Edges = 1u << 31;
    private const int MostReplaced = 256;

    /// <summary>The bell's place: no reader's. It is never read, each write to it is a change.</summary>
    private const uint BellPlace = uint.MaxValue;

    /// <summary>How often a thread looks, and lets others run, before it sleeps: the next request often comes sooner than a thread wakes.</summary>
    private const int Looks = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(5);

    /// <summary>Of the scheduler's: those that send the answers of others get theirs between.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(0.3);

    /// <summary>Where struct epoll_event, of 32-bit words, keeps its datum: it is packed on x64 only.</summary>
    private static readonly int Datum = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 1 : 2;

    private static readonly Lazy<Poller?> One = new(() => Create(CloseOnExec) is >= 0 and var epoll ? new Poller(epoll) : null);
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private readonly List<Waiter> _waiters = [];
    private readonly AutoResetEvent _works = new(initialState: false);
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _posted = new();
    private readonly int _epoll, _bell;
    private SocketReader?[] _readers = new SocketReader?[64];
    private volatile bool _watched;
    private int _used, _replaced, _waiting, _sleeping, _rings;

    private Poller(int epoll)
    {
        _epoll = epoll;
        _bell = CreateBell(0, CloseOnExec | NonBlocking);
        if (_bell < 0 || !Expect(_bell, BellPlace, In | Edges)) throw new IOException($"eventfd: error {Marshal.GetLastPInvokeError()}");
        for (var thread = Math.Clamp(Environment.ProcessorCount, 2, 16); thread > 0; thread--) Begin();
        new Thread(Watch, 128 << 10) { IsBackground = true, Name = "Galley connections, watch" }.UnsafeStart();
    }

    private bool IsPosted => Volatile.Read(ref _waiting) > 0;

    /// <summary>The process's; null where there is none.</summary>
    public static Poller? Shared => OperatingSystem.IsLinux() ? One.Value : null;

    /// <summary>Tells the reader, from now on, each time that bytes or an end have come. The number is its place here; none if the kernel wants no more.</summary>
    public int? Enter(SocketReader reader, Socket socket)
    {
        lock (_gate)
        {
            if (!_free.TryPop(out var place)) place = _used++;
            if (place == _readers.Length)
            {
                var more = new SocketReader?[place * 2];
                _readers.CopyTo(more, 0);
                Volatile.Write(ref _readers, more);
            }

            Volatile.Write(ref _readers[place], reader);
            if (Expect((int)socket.Handle, (uint)place, In | PeerHungUp | Edges)) return place;
            Leave(place);
            return null;
        }
    }

    /// <summary>The socket itself leaves when it is closed. What a thread has heard of it by then is told to whoever has its place, in vain.</summary>
    public void Leave(int place)
    {
        lock (_gate)
        {
            _readers[place] = null;
            _free.Push(place);
        }
    }

    /// <summary>Has one of the threads go on with something, before it hears more: one that is awake if any is, so that none is woken for it.</summary>
    public void Post(IThreadPoolWorkItem item)
    {
        _posted.Enqueue(item);
        Interlocked.Increment(ref _waiting); // then looks who sleeps; one that goes to sleep counts itself, then looks here
        Ring();
    }

    private bool Expect(int file, uint place, uint changes)
    {
        Span<uint> wanted = stackalloc uint[4];
        wanted[0] = changes;
        wanted[Datum] = place;
        return Control(_epoll, Add, file, ref wanted[0]) == 0;
    }

    /// <summary>Wakes a thread, if one sleeps and none is being woken.</summary>
    private void Ring()
    {
        if (Volatile.Read(ref _sleeping) == 0 || Interlocked.Exchange(ref _rings, 1) != 0) return;
        var one = 1UL;
        _ = Write(_bell, ref one, sizeof(ulong));
    }

    private void Begin()
    {
        var waiter = new Waiter();
        _waiters.Add(waiter);
        new Thread(() => Wait(waiter)) { IsBackground = true, Name = "Galley connections" }.UnsafeStart();
    }

    private void Wait(Waiter waiter)
    {
        Turns.Shorten(Turn);
        while (!waiter.IsReplaced)
        {
            if (IsPosted && _posted.TryDequeue(out var item))
            {
                if (Interlocked.Decrement(ref _waiting) > 0) Ring();
                Depart(waiter);
                item.Execute();
                Interlocked.Increment(ref waiter.Turn);
                continue;
            }

            var (place, change) = Hear();
            if (place == BellPlace)
            {
                Volatile.Write(ref _rings, 0);
                Interlocked.MemoryBarrier(); // before the look at what was posted
            }
            else if (change != 0)
            {
                Depart(waiter);
                Volatile.Read(ref _readers)[place]?.Ready((change & (PeerHungUp | HungUp | Error)) != 0);
                Interlocked.Increment(ref waiter.Turn);
            }
        }

        Interlocked.Decrement(ref _replaced);
    }

    /// <summary>The next change, and whose. None if something was posted, or a signal came.</summary>
    private (uint Place, uint Change) Hear()
    {
        // One at a time: a second would wait for the first's request.
        Span<uint> change = stackalloc uint[4];
        var changes = 0;
        for (var look = 0; look < Looks && changes == 0 && !IsPosted; look++)
        {
            if (look > 0) Thread.Yield();
            changes = Wait(_epoll, ref change[0], 1, 0);
        }

        if (changes == 0)
        {
            Interlocked.Increment(ref _sleeping);
            if (!IsPosted) changes = Wait(_epoll, ref change[0], 1, -1);
            Interlocked.Decrement(ref _sleeping);
        }

        if (changes < 0 && Marshal.GetLastPInvokeError() != Interrupted) throw new IOException($"epoll_wait: error {Marshal.GetLastPInvokeError()}");
        return changes > 0 ? (change[Datum], change[0]) : default;
    }

    /// <summary>Its thread goes on with something that may last.</summary>
    private void Depart(Waiter waiter)
    {
        Interlocked.Increment(ref waiter.Turn);
        if (!_watched) Work();
    }

    private void Work()
    {
        _watched = true;
        _works.Set();
    }

    /// <summary>Replaces threads that are away too long, while any works.</summary>
    private void Watch()
    {
        while (true)
        {
            _works.WaitOne(Patience);
            if (Look()) continue;
            _watched = false;
            Interlocked.MemoryBarrier();
            if (Look()) _watched = true;
            else _works.WaitOne();
        }
    }

    /// <summary>Whether any thread has worked since the last look.</summary>
    private bool Look()
    {
        var works = false;
        for (var i = _waiters.Count - 1; i >= 0; i--)
        {
            var waiter = _waiters[i];
            var turn = Volatile.Read(ref waiter.Turn);
            var isAway = turn % 2 != 0;
            works |= isAway || turn != waiter.Seen;
            if (isAway && turn == waiter.Seen && _replaced < MostReplaced)
            {
                Interlocked.Increment(ref _replaced);
                waiter.IsReplaced = true;
                _waiters.RemoveAt(i);
                Begin();
            }

            waiter.Seen = turn;
        }

        return works;
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int CreateBell(uint count, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int file, ref ulong value, nint size);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int file, ref uint wanted);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int epoll, ref uint changes, int most, int milliseconds);

    private sealed class Waiter
    {
        /// <summary>Its thread ends when it is back.</summary>
        public volatile bool IsReplaced;

        /// <summary>Goes up when its thread goes on with a connection, and when it is back: odd while it is away. And what the watch saw last.</summary>
        public int Turn, Seen;
    }
}
