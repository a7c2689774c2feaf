namespace Galley.CloudFront.Code;

/// <summary>What functions find beside the language: console, `require` of crypto, querystring, buffer and cloudfront, atob and btoa.</summary>
internal static class ScriptPrelude
{
    public const string Text = """
        (function (g) {
          var print = g.__print, hash = g.__hash, btoa = g.__btoa, atob = g.__atob, utf8 = g.__utf8, fromUtf8 = g.__fromUtf8, kv = g.__kvs;
          ['__print', '__hash', '__btoa', '__atob', '__utf8', '__fromUtf8', '__kvs'].forEach(function (n) { delete g[n]; });
          function shown(v) { return typeof v === 'string' ? v : v instanceof Error ? String(v) : v !== null && typeof v === 'object' ? JSON.stringify(v) : String(v); }
          function log() { print(Array.prototype.map.call(arguments, shown).join(' ')); }
          g.console = { log: log, error: log, warn: log, info: log, debug: log };
          g.btoa = function (s) { return btoa(String(s)); };
          g.atob = function (s) { var r = atob(String(s)); if (r === null) throw new TypeError('the string to be decoded is not correctly encoded'); return r; };
          function hex(s) { var r = ''; for (var i = 0; i < s.length; i++) r += ('0' + s.charCodeAt(i).toString(16)).slice(-2); return r; }
          function unhex(s) { var r = ''; for (var i = 0; i + 1 < s.length; i += 2) r += String.fromCharCode(parseInt(s.substr(i, 2), 16)); return r; }
          function url64(s) { return btoa(s).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, ''); }
          function raw(v, enc) {
            if (typeof v !== 'string') { var r = ''; for (var i = 0; i < v.length; i++) r += String.fromCharCode(v[i]); return r; }
            switch (enc) { case 'hex': return unhex(v); case 'base64': case 'base64url': return g.atob(v); case 'latin1': case 'binary': case 'ascii': return v; default: return utf8(v); }
          }
          function text(s, enc) {
            switch (enc) { case 'hex': return hex(s); case 'base64': return btoa(s); case 'base64url': return url64(s); case 'latin1': case 'binary': case 'ascii': return s; default: return fromUtf8(s); }
          }
          class Buffer extends Uint8Array {
            static from(v, enc) { if (typeof v === 'number') throw new TypeError('first argument is not a string or Buffer-like'); var s = raw(v instanceof ArrayBuffer ? new Uint8Array(v) : v, enc); var b = new Buffer(s.length); for (var i = 0; i < s.length; i++) b[i] = s.charCodeAt(i); return b; }
            static alloc(n, fill) { var b = new Buffer(n); if (fill !== undefined) b.fill(fill); return b; }
            static concat(list) { return Buffer.from(list.map(function (b) { return raw(b); }).join(''), 'latin1'); }
            static isBuffer(v) { return v instanceof Buffer; }
            static byteLength(v, enc) { return raw(v, enc).length; }
            toString(enc) { return text(raw(this), enc); }
            equals(o) { return raw(this) === raw(o); }
            toJSON() { return { type: 'Buffer', data: Array.from(this) }; }
          }
          g.Buffer = Buffer;
          function digest(algorithm, kind, key) {
            var all = '', done = false;
            if (hash(algorithm, kind, key, '') === null) throw new TypeError('not supported algorithm: "' + algorithm + '"');
            return {
              update: function (d, enc) { if (done) throw new Error('Digest already called'); all += raw(d, enc); return this; },
              digest: function (enc) { if (done) throw new Error('Digest already called'); done = true; var h = hash(algorithm, kind, key, all); return enc ? text(h, enc) : Buffer.from(h, 'latin1'); }
            };
          }
          var crypto = {
            createHash: function (a) { return digest(a, 'hash', ''); },
            createHmac: function (a, k) { return digest(a, 'hmac', raw(k)); }
          };
          function unescapeQuery(s) { try { return decodeURIComponent(s.replace(/\+/g, ' ')); } catch (e) { return s; } }
          var querystring = {
            escape: encodeURIComponent, unescape: unescapeQuery,
            parse: function (s, sep, eq, o) {
              var r = {}, max = o && o.maxKeys !== undefined ? o.maxKeys : 1000, parts = String(s || '').split(sep || '&');
              for (var i = 0; i < parts.length && (max === 0 || i < max); i++) {
                if (!parts[i]) continue;
                var at = parts[i].indexOf(eq || '='), k = unescapeQuery(at < 0 ? parts[i] : parts[i].slice(0, at)), v = at < 0 ? '' : unescapeQuery(parts[i].slice(at + (eq || '=').length));
                if (Object.prototype.hasOwnProperty.call(r, k)) r[k] = [].concat(r[k], v); else r[k] = v;
              }
              return r;
            },
            stringify: function (o, sep, eq) {
              return Object.keys(o).map(function (k) { return [].concat(o[k]).map(function (v) { return encodeURIComponent(k) + (eq || '=') + encodeURIComponent(v); }).join(sep || '&'); }).join(sep || '&');
            }
          };
          querystring.decode = querystring.parse; querystring.encode = querystring.stringify;
          function refused(name) { return function () { throw new Error('Galley does not support cf.' + name); }; }
          var cloudfront = {
            kvs: function (id) {
              if (kv('id') === null) throw new Error('KeyValueStoreNotAssociated: no key value store is associated with the function');
              if (id !== undefined && id !== kv('id')) throw new Error('KeyValueStoreNotFound: ' + id);
              return {
                get: async function (k, o) {
                  var v = kv('get', String(k)), f = o && o.format || 'string';
                  if (v === undefined) throw new Error('KeyNotFound: ' + k);
                  return f === 'json' ? JSON.parse(v) : f === 'bytes' ? Buffer.from(v) : v;
                },
                exists: async function (k) { return kv('get', String(k)) !== undefined; },
                count: async function () { return kv('count'); },
                meta: async function () { return { creationDateTime: kv('created'), lastUpdatedDateTime: kv('modified'), keyCount: kv('count') }; }
              };
            },
            updateRequestOrigin: refused('updateRequestOrigin'), selectRequestOriginById: refused('selectRequestOriginById'), createRequestOriginGroup: refused('createRequestOriginGroup')
          };
          var modules = { crypto: crypto, querystring: querystring, buffer: { Buffer: Buffer }, cloudfront: cloudfront };
          g.require = function (n) { if (!Object.prototype.hasOwnProperty.call(modules, n)) throw new Error('Cannot find module "' + n + '"'); return modules[n]; };
          var parse = JSON.parse, stringify = JSON.stringify;
          Object.defineProperty(g, '__run', {
            value: async function (json) {
              if (typeof handler !== 'function') throw new TypeError('the function has no handler');
              var result = await handler(parse(json));
              return stringify(result);
            }
          });
        })(globalThis);
        """;
}
