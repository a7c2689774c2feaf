/// <reference types="vite/client" />
declare module 'ace-builds/src-noconflict/*'
