using System.Net.Sockets;
using Galley.Arrows;
using Galley.Edge;
using Galley.Edge.Transport;
using Galley.Mail;
using Galley.Store;
using Galley.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Galley;

/// <summary>
/// Galley in process: the composition root. The life of a request, top to bottom:
/// <see cref="NameTunnel"/> (CONNECT) → <see cref="Tls"/> (first byte) → <see cref="StrictHttp"/> → Kestrel → <see cref="Doors"/> (host name) → a service's own door, or
/// <see cref="AwsApi"/> (identify, verify, bind, authorize) → operation → store.
/// </summary>
public sealed class GalleyServer : IAsyncDisposable
{
    private readonly KestrelServer _http;
    private readonly Doors _edge;
    private readonly ConsoleSessions _sessions;
    private readonly Names _names;
    private readonly Installation _installation;
    private readonly IReadOnlyList<IService> _services;
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>For measuring from inside.</summary>
    internal Lambda.LambdaService Functions { get; }

    internal MailService Mail { get; }

    internal Cognito.CognitoService Cognito { get; }

    internal Explain Trails { get; } = new();

    internal Installation Installation => _installation;

    /// <summary>Where other machines reach it, `https://192.0.2.2:4566`; none without `--listen`.</summary>
    internal IEnumerable<string> Elsewhere => _installation.Listening.Hosts.Select(host => $"{(_installation.Options.InsecureLan ? "http" : "https")}://{host}:{Port}");

    /// <summary>For the coverage page and the tests over all operations.</summary>
    internal IReadOnlyList<AwsService> Apis { get; }

    internal IEnumerable<IResourceHandler> ResourceHandlers => _services.SelectMany(service => service.Resources);

    private GalleyServer(GalleyOptions options)
    {
        var listener = Task.Run(() => Listener(options)); // while the disk opens the store
        _installation = Installations.Open(options);

        // The services. None knows another.
        var iamToCognito = new IamToCognito();
        var iam = new Iam.IamService(_installation, iamToCognito);
        var mail = Mail = new MailService(_installation);
        var logs = new Logs.LogsService(_installation);
        var kms = new Kms.KmsService(_installation, new KmsToIam(iam));
        Lambda.LambdaService? lambda = null;
        var s3 = new S3.S3Service(_installation, new S3ToIam(iam), new S3ToLambda(() => lambda!, _installation));
        var dynamodb = new DynamoDB.DynamoDBService(_installation, new DynamoDBToS3(s3), new DynamoDBToLogs(_installation, iam, logs), new DynamoDBToKms(_installation, kms));
        var sqs = new Sqs.SqsService(_installation, new SqsToIam(iam));
        var lambdaToIam = new LambdaToIam(iam);
        var lambdaToSqs = new LambdaToSqs(_installation, sqs, iam);
        var lambdaToS3 = new LambdaToS3(_installation, s3, iam);
        Functions = lambda = new Lambda.LambdaService(_installation, new(lambdaToIam, lambdaToIam, lambdaToS3, new LambdaToLogs(_installation, iam, logs), lambdaToIam, lambdaToIam, new LambdaToDynamoDB(dynamodb), lambdaToS3, lambdaToSqs, lambdaToSqs));
        var cognito = Cognito = new Cognito.CognitoService(_installation, new CognitoToMail(mail), new CognitoToLambda(lambda), new CognitoToKms(_installation, kms), new CognitoToLogs(_installation, logs));
        var cognitoIdentityToIam = new CognitoIdentityToIam(iam);
        var cognitoIdentity = new CognitoIdentity.CognitoIdentityService(_installation, cognitoIdentityToIam, new CognitoIdentityToCognito(cognito), cognitoIdentityToIam);
        (iamToCognito.UserPools, iamToCognito.IdentityPools) = (cognito, cognitoIdentity);
        var cloudFront = new CloudFront.CloudFrontService(_installation, new(new CloudFrontToS3(s3, _installation), new CloudFrontToS3(s3, _installation), new CloudFrontToLambda(lambda, _installation), new CloudFrontToLogs(_installation, logs)));
        var apiGateway = new ApiGateway.ApiGatewayService(_installation, new(new ApiGatewayToLambda(_installation, lambda, iam), new ApiGatewayToCognito(cognito), new ApiGatewayToIam(iam), new ApiGatewayToLogs(logs), new ApiGatewayToS3(s3)));
        var ssm = new Ssm.SsmService(_installation);
        _services = [iam, mail, logs, lambda, cognito, cognitoIdentity, s3, cloudFront, dynamodb, apiGateway, ssm, kms, sqs, new Ecr.EcrService(_installation)];
        // CloudFormation makes what all the others offer.
        var offered = ResourceHandlers.ToList();
        _services = [.. _services, new CloudFormation.CloudFormationService(_installation, offered, [.. _services.SelectMany(service => service.Scanners)], new(new CloudFormationToS3(s3), new CloudFormationToIam(iam), new CloudFormationToSsm(ssm, iam), new CloudFormationToLambda(lambda)))];

        // The arrows: who may ask whom for what.
        var edgeToIam = new EdgeToIam(_installation, iam);

        var apis = _services.SelectMany(service => service.Apis).ToList();
        Apis = apis;
        iam.Know(apis);
        var doors = _services.SelectMany(service => service.Doors).Append(new ConsoleDoor(_installation)).ToList();
        _names = new Names(doors, _installation.Listening.Hosts);
        _sessions = new ConsoleSessions(_installation, edgeToIam);
        _edge = new Doors(_installation, _names, new AwsApi(_installation, apis, edgeToIam, edgeToIam, Trails), doors, OwnApi.Of(Trails, _sessions, new State.SavedStates(_installation, Forget), _services), _sessions, Trails, Reset);
        _http = listener.GetAwaiter().GetResult();
    }

    /// <summary>Where clients send AWS calls: `http://127.0.0.1:4566`.</summary>
    public Uri Endpoint => new($"http://127.0.0.1:{_installation.Port}");

    /// <summary>The TCP port it listens on.</summary>
    public int Port => _installation.Port;

    /// <summary>The region it was started with.</summary>
    public string Region => _installation.Region;

    /// <summary>The account's number, twelve digits.</summary>
    public string Account => _installation.Account;

    /// <summary>Access key of the account's root, made for this installation.</summary>
    public string AccessKeyId => _installation.RootKey.AccessKeyId;

    /// <summary>Secret of <see cref="AccessKeyId"/>.</summary>
    public string SecretAccessKey => _installation.RootKey.SecretAccessKey;

    /// <summary>PEM of the certificate authority that clients must trust for HTTPS.</summary>
    public string AuthorityPem => _installation.Certificates.AuthorityPem;

    /// <summary>Fingerprint of the key behind every certificate that we show, as Chromium's `--ignore-certificate-errors-spki-list` takes it.</summary>
    public string TlsPin => _installation.Certificates.Pin;

    /// <summary>Starts and returns when requests are answered.</summary>
    /// <exception cref="GalleyStartException">The port or the data folder cannot be used; the message says what to do.</exception>
    public static async Task<GalleyServer> StartAsync(GalleyOptions options)
    {
        var server = new GalleyServer(options);
        try
        {
            await server.Start();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>`https://d1.cloudfront.net/x` → the address under which this installation answers it.</summary>
    public string ToLocal(string awsUrl) => _installation.Names.ToLocal(awsUrl);

    /// <summary>A link to a page of Galley's own, which it opens once and within an hour: whoever has it sees all mail and acts as an administrator.</summary>
    /// <param name="page">`inbox` or `console`.</param>
    public async Task<Uri> NewLink(string page = "inbox") => await _sessions.NewLink(page);

    /// <summary>
    /// Runs a function's events by a delegate of this program, so that a breakpoint stops inside it while anything drives the app. The
    /// function itself must exist, as a template or CreateFunction makes it: its role, time-out, permissions, log group and retries are
    /// as ever; only its code is not run.
    /// </summary>
    /// <param name="function">Name or ARN; with `:1` for that version only.</param>
    /// <param name="handler">The event's JSON in, the answer's JSON out. Runs several events at once when several come.</param>
    /// <returns>Dispose it, and the function's own code runs again.</returns>
    /// <exception cref="ArgumentException">The name stands for an alias.</exception>
    public IDisposable UseFunction(string function, FunctionHandler handler)
        => UseFunction(function, async (@event, response, invocation) =>
        {
            using var whole = new MemoryStream();
            await @event.CopyToAsync(whole, invocation.Cancellation);
            await response.WriteAsync(await handler(whole.GetBuffer().AsMemory(0, (int)whole.Length), invocation), invocation.Cancellation);
        });

    /// <inheritdoc cref="UseFunction(string, FunctionHandler)" />
    public IDisposable UseFunction(string function, FunctionStreamHandler handler) => Functions.Use(function, handler);

    /// <summary>Stops: open requests have a second to end, functions' processes are ended, what is on the disk stays.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stopping.CancelAsync();
            using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1), _installation.Time)) await _http.StopAsync(patience.Token);
            foreach (var service in _services) await service.Stop();
            _http.Dispose();
        }
        finally
        {
            await _installation.DisposeAsync(); // whatever else went wrong, the store is closed
            _stopping.Dispose();
        }
    }

    private async Task Start()
    {
        await Creations.TakeBack(_installation.Store);
        try
        {
            await _http.StartAsync(new HttpApplication(_edge.Handle), CancellationToken.None);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException || e.Message.Contains("in use", StringComparison.Ordinal))
        {
            throw new GalleyStartException($"Port {_installation.Options.Port} is in use. Stop the program that holds it, or choose another with --port.", e);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            throw new GalleyStartException($"This machine has no address {_installation.Options.Listen} to listen on. Name one that it has, or 0.0.0.0 for all.", e);
        }

        var addresses = _http.Features.Get<IServerAddressesFeature>()!.Addresses;
        _installation.Names.Port = new Uri(addresses.First()).Port;
        foreach (var service in _services) await service.Start(_stopping.Token);
    }

    private async Task Reset()
    {
        await _installation.Store.Clear();
        await _installation.Blobs.Clear();
        await Forget();
    }

    /// <summary>What is held in memory is of a state that is no more.</summary>
    private async ValueTask Forget()
    {
        _installation.Reads.Forget();
        foreach (var service in _services) await service.Reset();
    }

    /// <summary>Puts back an earlier state of this installation in memory.</summary>
    internal async Task PutBack(InstallationImage image)
    {
        await image.PutBack(_installation, Iam.IamService.Spared(Account));
        _installation.Reads.Forget();
        foreach (var service in _services) await service.Restored();
    }

    /// <summary>Kestrel alone: a host around it would cost a tenth of a start, and nothing of it is used.</summary>
    private KestrelServer Listener(GalleyOptions options)
    {
        var kestrel = new KestrelServerOptions { AddServerHeader = false, AllowSynchronousIO = false };
        var strict = new StrictHttp((problem, status) => _edge.RefusedByHttp(problem, status));
        var tls = new Tls(() => _installation.Certificates, name => _names.Of(name), own => _installation.Listening.TakesPlain(own), options.HeadTimeout, options.Time, (problem, status) => _edge.RefusedByHttp(problem, status));
        var tunnel = new NameTunnel(name => _names.Of(name), () => _installation.Port, options.HeadTimeout, options.Time, (problem, status) => _edge.RefusedByHttp(problem, status));
        kestrel.Limits.MaxRequestBodySize = null; // each service has its own limit
        // Room for a URL that is just over 8 KB, which CloudFront refuses with a page of its own.
        kestrel.Limits.MaxRequestLineSize = (8 << 10) + 256;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 << 10;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.RequestHeadersTimeout = options.HeadTimeout;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 100, gracePeriod: TimeSpan.FromSeconds(30));
        new Listening(options).On(kestrel, Protocols);
        return new KestrelServer(Options.Create(kestrel), new SocketTransport(Listening.OnOnePort()), NullLoggerFactory.Instance);

        void Protocols(ListenOptions listen)
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.Use(tunnel.Middleware);
            listen.Use(tls.Middleware);
            listen.Use(strict.Middleware);
        }
    }
}

/// <summary>Galley cannot start; the message says why and what to do.</summary>
public sealed class GalleyStartException(string message, Exception? inner = null) : Exception(message, inner);
