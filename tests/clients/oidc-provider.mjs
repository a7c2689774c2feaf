// An OpenID Connect provider that signs everybody in as `alice`: node oidc-provider.mjs <redirect uri>. Prints its issuer.
import http from 'node:http';
import Provider from 'oidc-provider';

const server = http.createServer().listen(0, '127.0.0.1', () => {
  const issuer = `http://localhost:${server.address().port}`;
  let given = 'Alice';
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'galley', client_secret: 'foreign-secret', redirect_uris: [process.argv[2]], token_endpoint_auth_method: 'client_secret_post' }],
    cookies: { keys: ['only a test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['given_name'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, given_name: given }) }),
    interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
    features: { devInteractions: { enabled: false } },
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  provider.use(async (ctx, next) => {
    if (ctx.path.startsWith('/sign-in/')) await provider.interactionFinished(ctx.req, ctx.res, ctx.query.refuse ? { error: 'access_denied' } : { login: { accountId: 'alice' } });
    else if (ctx.path === '/rename') { given = ctx.query.to; ctx.body = 'ok'; }
    else await next();
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.on('end', () => process.exit(0)).resume();
