using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Galley.Edge.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Galley.Edge;

/// <summary>
/// Strict HTTP before any service (security §2, group H; decision 0017): Kestrel reads a connection through <see cref="HttpFraming"/>, which lets
/// nothing pass that another server could read otherwise. HTTP/2 has frames of its own, which Kestrel judges.
/// </summary>
/// <param name="refused">Told what was wrong and the status of the answer.</param>
internal sealed class StrictHttp(Action<string, int> refused)
{
    public ConnectionDelegate Middleware(ConnectionDelegate next) => connection =>
    {
        if (connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual("h2"u8) != true)
            connection.Transport = new Duplex(new Reader(connection.Transport.Input, refused), connection.Transport.Output);
        return next(connection);
    };

    private sealed class Reader(PipeReader inner, Action<string, int> refused) : PipeReader
    {
        private readonly HttpFraming _framing = new();
        private ReadOnlySequence<byte> _given;
        private long _approved; // bytes at the start of the inner buffer that have been approved and not been consumed
        private bool _examinedAll; // the reader has seen all that is approved and wants more

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            if (_framing.Problem is not null) throw Bad();
            var reading = inner.ReadAsync(cancellationToken);
            if (!reading.IsCompletedSuccessfully) return Wait(reading, cancellationToken);
            var result = reading.Result;
            if (Approve(result, out var approved)) return new(approved);
            inner.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            return Wait(inner.ReadAsync(cancellationToken), cancellationToken);
        }

        public override bool TryRead(out ReadResult result)
        {
            while (_framing.Problem is null && inner.TryRead(out result))
            {
                if (Approve(result, out result)) return true;
                inner.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }

            result = default;
            return false;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            var end = _given.End;
            _approved -= consumed.Equals(end) ? _given.Length : _given.Slice(_given.Start, consumed).Length;
            _examinedAll = examined.Equals(end) || _given.Slice(examined).IsEmpty;
            _given = default;
            inner.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        private BadHttpRequestException Bad() => new("Bad request: " + _framing.Problem, _framing.ProblemStatus);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<ReadResult> Wait(ValueTask<ReadResult> reading, CancellationToken cancel)
        {
            while (true)
            {
                var result = await reading;
                if (Approve(result, out var approved)) return approved;
                inner.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                reading = inner.ReadAsync(cancel);
            }
        }

        /// <summary>False when there is nothing new to give: more must come first.</summary>
        private bool Approve(ReadResult read, out ReadResult approved)
        {
            var before = _approved;
            // The next request is looked at only when all of this one has been consumed: its answer may still be on its way.
            var wholeIsThere = _framing.IsOver && _approved > 0;
            if (!wholeIsThere && _approved < read.Buffer.Length) Scan(_approved == 0 ? read.Buffer : read.Buffer.Slice(_approved));
            if (_framing.Problem is { } problem)
            {
                inner.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                refused(problem, _framing.ProblemStatus);
                throw Bad();
            }

            // A reader that has seen a whole request and asks for more of it would wait for ever.
            var end = read.IsCompleted && _approved == read.Buffer.Length || wholeIsThere && _examinedAll;
            approved = read;
            if (_approved == before && _examinedAll && !end && !read.IsCanceled && !read.Buffer.IsEmpty) return false;
            _given = _approved == read.Buffer.Length ? read.Buffer : read.Buffer.Slice(0, _approved);
            approved = new ReadResult(_given, read.IsCanceled, end);
            return true;
        }

        private void Scan(ReadOnlySequence<byte> fresh)
        {
            foreach (var segment in fresh)
            {
                if (segment.Length == 0) continue;
                var taken = _framing.Approve(segment.Span);
                _approved += taken;
                if (taken < segment.Length || _framing.IsOver) return;
            }
        }
    }
}
