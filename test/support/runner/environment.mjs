/**
 * Jest's environment for Node with globals as fast as outside of it. Jest puts a proxy behind the global object of a test file,
 * to clear it afterwards, so that every `Math` or `Number` in a test or in `src` is a call into that proxy: computing a market takes
 * a third longer. Here the global object is a plain one.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
// The module object that Jest calls too; an imported namespace could not be changed.
const vm = require('node:vm');
// Jest brings its environment with it, at the place where it is found from Jest itself.
const { default: NodeEnvironment } = createRequire(require.resolve('jest/package.json'))('jest-environment-node');

const { createContext } = vm;

export default class PlainGlobals extends NodeEnvironment {
  constructor(...options) {
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...options);
    } finally {
      vm.createContext = createContext;
    }
  }
}
